// Pictures of every page with the demo community, into test-results/screens/. Run with: --project=screenshots
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { Api, type Person, takeCookies } from "./parts/people";
import { box, log, threadOf } from "./parts/messages";
import { picture } from "./parts/pictures";
import { awake, expect, open, test } from "./parts/test";

test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...fake] });
  },
});

const WIDTHS = [390, 1280];
const SCHEMES = ["light", "dark"] as const;
const FOLDER = join(__dirname, "test-results/screens");

test("screens", async ({ ownServer, browser }) => {
  test.setTimeout(300_000);
  const server = await ownServer({ demo: true });
  // The community is written while the server already listens.
  await expect.poll(() => server.log).toMatch(/mina/);
  const api = new Api(server.url);
  const mina = await api.signIn({ username: "mina", password: "the kettle is on again" } as Person);
  const feed = await api.send<{ items: { id: string; content: string }[] }>("GET", "/api/feed?limit=30", mina.token);
  const post = feed.items.find((one) => one.content.startsWith("Opened the kiln"))!;
  const talks = await api.send<{ items: { conversation_id: string; kind: string }[] }>("GET", "/api/conversations", mina.token);
  const [pair, group] = ["direct", "group"].map((kind) => talks.items.find((one) => one.kind === kind)!.conversation_id);
  const inside: [string, string][] = [
    ["messages", "/messages"],
    ["new-message", "/messages/new"],
    ["thread", `/messages/${pair}`],
    ["group", `/messages/${group}`],
    ["group-details", `/messages/${group}/details`],
    ["feed", "/"],
    ["following", "/?feed=following"],
    ["post", `/posts/${post.id}`],
    ["profile", "/@ana"],
    ["own-profile", "/@mina"],
    ["followers", "/@ana/followers"],
    ["tag", "/tags/openstudio"],
    ["search", "/search?q=m"],
    ["settings", "/settings"],
    ["devices", "/settings/sessions"],
    ["not-found", "/no/such/page"],
  ];
  const outside: [string, string][] = [
    ["sign-in", "/sign-in"],
    ["sign-up", "/sign-up"],
  ];
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const height = width === 390 ? 844 : 900;
      const context = await browser.newContext({ baseURL: server.url, viewport: { width, height }, colorScheme, deviceScaleFactor: 1.5 });
      const page = await context.newPage();
      const take = async ([name, path]: [string, string]) => {
        await page.goto(path, { waitUntil: "networkidle" });
        await awake(page);
        await page.screenshot({ path: join(FOLDER, `${name}-${width}-${colorScheme}.png`) });
      };
      for (const screen of outside) await take(screen);
      await takeCookies(context, server.url, mina);
      for (const screen of inside) await take(screen);
      await context.close();
    }
  }
});

test("screens of what messages carry", async ({ member, api, browserOf }) => {
  test.setTimeout(300_000);
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ana.person, [ben], "Kiln crew");
  const photo = { name: "vases.png", mimeType: "image/png", buffer: picture(1200, 800) };
  const tall = { name: "shelf.png", mimeType: "image/png", buffer: picture(600, 1400, [38, 84, 92]) };
  const plan = { name: "quarterly plan for the big kiln and both small ones.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(420_000, 3) };
  const furnish = async (page: Page, text: string) => {
    await page.getByLabel("Add files").setInputFiles([photo, plan]);
    await box(page).fill(text);
    await box(page).press("Enter");
    await page.getByLabel("Add files").setInputFiles([tall]);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("button", { name: "Record a voice message" }).click();
    await expect(page.getByRole("timer")).toHaveText("0:03");
    await page.getByRole("button", { name: "Send voice message" }).click();
  };
  await open(ana.page, threadOf(talk));
  await furnish(ana.page, "The tall one is for Saturday");
  const other = await browserOf(ben);
  await open(other, threadOf(talk));
  await furnish(other, "Mine came out like this");
  await expect(log(ana.page).getByRole("group", { name: "Voice message" })).toHaveCount(2);
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const { page } = ana;
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await open(page, threadOf(talk));
      const take = (name: string) => page.screenshot({ path: join(FOLDER, `carried-${name}-${width}-${scheme}.png`), animations: "disabled" });
      const voice: Locator = log(page).getByRole("group", { name: "Voice message" }).last();
      await voice.getByRole("slider").press("ArrowRight");
      await take("thread");
      await log(page).getByRole("link", { name: /^Open picture vases/ }).first().scrollIntoViewIfNeeded();
      await take("above");
      await page.getByLabel("Add files").setInputFiles([photo, tall, plan]);
      await take("picked");
      await page.route("**/api/attachments", () => undefined);
      await box(page).press("Enter");
      await expect(log(page).getByRole("button", { name: /^Cancel sending/ })).toHaveCount(3);
      await take("uploading");
      for (let at = 0; at < 3; at += 1) await log(page).getByRole("button", { name: /^Cancel sending/ }).last().click();
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await page.getByRole("button", { name: "Record a voice message" }).click();
      await expect(page.getByRole("timer")).toHaveText("0:02");
      await take("recording");
      await page.keyboard.press("Escape");
      const dataTransfer = await page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(["x"], "x.txt"));
        return data;
      });
      await log(page).dispatchEvent("dragover", { dataTransfer });
      await take("drop");
      await log(page).getByRole("link", { name: /^Open picture shelf/ }).first().click();
      await take("whole");
    }
  }
});

test("screens of what concerns people", async ({ ownServer, browser }) => {
  test.setTimeout(600_000);
  const server = await ownServer({ demo: true });
  await expect.poll(() => server.log).toMatch(/mina/);
  const api = new Api(server.url);
  const signIn = (username: string) => api.signIn({ username, password: "the kettle is on again" } as Person);
  const [mina, ana] = [await signIn("mina"), await signIn("ana")];
  const { announcement_id: told } = await api.announce(mina, "The big kiln rests on Friday", {
    content: "The gas line is checked from nine to noon. Glaze firings move to Saturday; your shelf stays yours. Ask @ana about the small kiln.",
  });
  await api.send("PATCH", "/api/me/privacy", (await signIn("ben")).token, { is_private: true }).catch(() => undefined);
  const newcomer = await api.join("nora", "Nora Lindqvist");
  await api.send("PUT", `/api/connections/${(await api.send<{ id: string }>("GET", "/api/me", mina.token)).id}`, newcomer.token);
  await api.send("POST", `/api/users/follow/${(await api.send<{ id: string }>("GET", "/api/me", mina.token)).id}`, newcomer.token);
  const jobs = await api.send<{ items: { job_id: string }[] }>("GET", "/api/jobs", mina.token);
  const mine = await api.send<{ items: { job_id: string; application_count?: number }[] }>("GET", "/api/jobs?of=mine", mina.token);
  const own = mine.items.find((job) => (job.application_count ?? 0) > 0) ?? mine.items[0];
  const applications = own
    ? await api.send<{ items: { application_id: string }[] }>("GET", `/api/jobs/${own.job_id}/applications`, mina.token)
    : { items: [] };
  const screens: [string, string, Person][] = [
    ["feed-card", "/", ana],
    ["notifications", "/notifications", mina],
    ["notifications-requests", "/notifications?filter=requests", mina],
    ["notifications-mentions", "/notifications?filter=mentions", newcomer],
    ["settings-notifications", "/settings/notifications", mina],
    ["settings-address", "/settings", mina],
    ["connections", "/connections", mina],
    ["connections-requests", "/connections?list=requests", mina],
    ["connections-suggestions", "/connections?list=suggestions", mina],
    ["admin-people", "/admin/people", mina],
    ["jobs", "/jobs", mina],
    ["jobs-mine", "/jobs?of=mine", mina],
    ["jobs-none", "/jobs?of=applied", newcomer],
    ["jobs-new", "/jobs/new", mina],
    ["job", `/jobs/${jobs.items[0]!.job_id}`, newcomer],
    ["job-own", `/jobs/${own?.job_id}`, mina],
    ["application", `/jobs/applications/${applications.items[0]?.application_id}`, mina],
    ["announcements", "/announcements", mina],
    ["announcement", `/announcements/${told}`, mina],
    ["announcement-new", "/announcements/new", mina],
    ["private", "/@ben", newcomer],
  ];
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const height = width === 390 ? 844 : 900;
      for (const person of [ana, mina, newcomer]) {
        const context = await browser.newContext({ baseURL: server.url, viewport: { width, height }, colorScheme, deviceScaleFactor: 1 });
        await takeCookies(context, server.url, person);
        const page = await context.newPage();
        const take = (name: string, fullPage: boolean) =>
          page.screenshot({ path: join(FOLDER, `bell-${name}-${width}-${colorScheme}.png`), fullPage, animations: "disabled" });
        for (const [name, path, who] of screens) {
          if (who !== person) continue;
          await open(page, path);
          await take(name, /settings|new/.test(name));
        }
        if (width > 640 && person === mina) {
          await open(page, "/");
          await page.locator("#bell").click();
          await expect(page.getByRole("dialog", { name: "Notifications" }).getByRole("listitem").first()).toBeVisible();
          await take("panel", false);
          await page.goto("/admin/people");
          await awake(page);
          await page.getByLabel(/^Suspend /).first().click();
          await take("admin-suspend", false);
        }
        await context.close();
      }
    }
  }
});
