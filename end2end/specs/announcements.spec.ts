// Announcements: told to everyone at once, with whom they reached, and over when they are over.
import { badge } from "../parts/bell";
import { expectNoBarriers } from "../parts/barriers";
import { Api, type Person } from "../parts/people";
import { expect, isScripted, open, type Page, test } from "../parts/test";

const card = (page: Page) => page.getByRole("region", { name: "Announcement", exact: true });

const told = (api: Api, person: Person) =>
  expect.poll(() => api.send("GET", "/api/announcements/unread", person.token)).not.toBeNull();

test("the owner announces, everyone is told, and the reach is seen @nojs @phone", async ({ ownServer, browserOf, guard }) => {
  guard.allow(/status of 422/);
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Mina Sato");
  const member = await api.join("member", "Ben Okafor");
  const page = await browserOf(owner, server);
  await open(page, "/announcements");
  await expect(page.getByText("Nothing was announced yet")).toBeVisible();
  await page.getByRole("link", { name: "New announcement" }).click();
  await page.getByRole("button", { name: "Announce", exact: true }).click();
  await expect(page.getByLabel("Title")).toHaveAccessibleDescription(/empty/);
  await page.getByLabel("Title").fill("Studio closes at six on Friday");
  await page.getByLabel("Text").fill("The floor dries. Bookings move to Saturday.");
  await page.getByRole("button", { name: "Announce", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Studio closes at six on Friday" })).toBeVisible();
  await expect(page).toHaveURL(/\/announcements\/\d+$/);

  await expect(async () => {
    const { items } = await api.send<{ items: { message: string; data: { href: string } }[] }>("GET", "/api/notifications", member.token);
    expect(items[0]?.message).toBe("Announcement · Studio closes at six on Friday");
  }).toPass();
  const reader = await browserOf(member, server);
  await open(reader, "/announcements");
  await expect(reader.getByRole("link", { name: "New announcement" })).toHaveCount(0);
  await reader.getByRole("link", { name: "Studio closes at six on Friday" }).click();
  await expect(reader.getByText("Bookings move to Saturday.")).toBeVisible();

  await open(page, page.url());
  await expect(page.getByText("Read by 2 of 2")).toBeVisible();
  await page.getByRole("button", { name: "End it now" }).click();
  await expect(page.getByText("Over", { exact: true })).toBeVisible();
});

test("a preview shows what is typed and for how many it is", async ({ ownServer, browserOf }) => {
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Mina Sato");
  await api.join("member");
  const page = await browserOf(owner, server);
  await open(page, "/announcements/new");
  await expect(page.getByText("2 people")).toBeVisible();
  await page.getByLabel("Title").fill("Kiln maintenance");
  await page.getByLabel("Text").fill("No firing on Monday.");
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("Announcement · Kiln maintenance");
  await expect(preview).toContainText("No firing on Monday.");
  await page.getByRole("combobox", { name: "For" }).selectOption("Who looks after the community");
  await expect(page.getByText("1 person")).toBeVisible();
});

test("what was announced stands above the feed until it is put away, on every device @nojs @phone", async ({ ownServer, browserOf }) => {
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Mina Sato");
  const member = await api.join("member", "Ben Okafor");
  const [page, elsewhere] = [await browserOf(member, server), await browserOf(await api.signIn(member), server)];
  await open(page, "/");
  await expect(card(page)).toHaveCount(0);
  await api.announce(owner, "The kiln is closed on Friday");
  await told(api, member);
  if (!isScripted()) await open(page, "/");
  await expect(card(page)).toContainText("The floor dries.");
  await expect(badge(page)).toHaveText("1");
  await card(page).getByRole("button", { name: "Put away: The kiln is closed on Friday" }).click();
  await expect(card(page)).toBeHidden();
  await expect(badge(page)).toHaveCount(0);
  for (const again of [page, elsewhere]) {
    await open(again, "/");
    await expect(card(again)).toHaveCount(0);
  }

  await api.announce(owner, "The kiln is open again");
  await told(api, member);
  await open(page, "/");
  await card(page).getByRole("link", { name: "The kiln is open again" }).click();
  await expect(page.getByRole("heading", { name: "The kiln is open again" })).toBeVisible();
  if (isScripted()) await expect(badge(page)).toHaveCount(0);
});

test("an open page shows what begins and loses what is over, without a reload @phone", async ({ ownServer, browserOf }) => {
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Mina Sato");
  const member = await api.join("member", "Ben Okafor");
  for (let line = 0; line < 30; line += 1) await api.post(owner, `Line ${line} of a long feed`);
  const [page, elsewhere] = [await browserOf(member, server), await browserOf(await api.signIn(member), server)];
  const end = (id: string) => api.send("POST", `/api/admin/announcements/${id}/end`, owner.token);
  for (const at of [page, elsewhere]) {
    await open(at, "/");
    await at.evaluate(() => Object.assign(window, { isSamePage: true }));
  }

  const first = await api.announce(owner, "The kiln is closed on Friday");
  for (const at of [page, elsewhere]) await expect(card(at)).toContainText("The kiln is closed on Friday");
  const second = await api.announce(owner, "The kiln is open again");
  for (const at of [page, elsewhere]) await expect(card(at)).toContainText("The kiln is open again");
  await expect(card(page)).toHaveCount(1);

  // What is over makes room for the one before, and that one goes when it is read on another device.
  await end(second.announcement_id);
  for (const at of [page, elsewhere]) await expect(card(at)).toContainText("The kiln is closed on Friday");
  await card(elsewhere).getByRole("button", { name: "Put away: The kiln is closed on Friday" }).click();
  for (const at of [page, elsewhere]) await expect(card(at)).toHaveCount(0);
  await end(first.announcement_id);

  // What is being read stays where it is.
  await page.mouse.wheel(0, 1_200);
  const line = page.getByRole("article").filter({ hasText: /Line \d+ of a long feed/ }).nth(6);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(600);
  await line.scrollIntoViewIfNeeded();
  const before = await line.boundingBox();
  const third = await api.announce(owner, "The glaze room moves");
  await expect(card(page)).toContainText("The glaze room moves");
  const after = await line.boundingBox();
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 1_000))).toBeLessThanOrEqual(2);
  await end(third.announcement_id);
  for (const at of [page, elsewhere]) {
    await expect(card(at)).toHaveCount(0);
    expect(await at.evaluate(() => "isSamePage" in window), "no page was loaded again").toBe(true);
  }
});

for (const scheme of ["light", "dark"] as const) {
  test(`announcements have no barriers in ${scheme} @phone`, async ({ ownServer, browserOf }) => {
    const server = await ownServer();
    const api = new Api(server.url);
    const owner = await api.join("owner", "Mina Sato");
    const page = await browserOf(owner, server);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await open(page, "/announcements");
    await expectNoBarriers(page, "/announcements, empty");
    const { announcement_id: id } = await api.announce(owner, "The kiln is closed on Friday");
    await told(api, owner);
    for (const path of ["/", "/announcements", `/announcements/${id}`, "/announcements/new"]) {
      await open(page, path);
      await expectNoBarriers(page, path);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider, path).toBeLessThanOrEqual(0);
    }
  });
}
