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
