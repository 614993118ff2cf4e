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
  await expect(page.getByText("Read by 0 of 2")).toBeVisible();
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
  // Nothing that is being read moves: the bell tells, the card is there on the next visit.
  if (isScripted()) await expect(badge(page)).toHaveText("1");
  await expect(card(page)).toHaveCount(0);
  await open(page, "/");
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
