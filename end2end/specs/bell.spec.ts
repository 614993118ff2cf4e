// The bell under load, in quiet hours, in place, and by keys alone.
import type { Locator } from "@playwright/test";
import { badge, bell, listed, noteWith, notes, panel, toasts } from "../parts/bell";
import { threadOf } from "../parts/messages";
import { Api, type Person } from "../parts/people";
import { expect, isScripted, open, type Page, test } from "../parts/test";

const told = (api: Api, person: Person, message: RegExp) =>
  expect.poll(async () => (await listed(api, person)).items.map((item) => item.message)).toContainEqual(expect.stringMatching(message));

// At most so many at a time.
async function each<T>(items: T[], atOnce: number, run: (item: T) => Promise<unknown>): Promise<void> {
  const rest = [...items];
  const work = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await run(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

// Frames of this type that a page receives from now on.
function frames(page: Page, type: string): () => number {
  let count = 0;
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (payload.toString().startsWith(`{"type":"${type}",`)) count += 1;
    }),
  );
  return () => count;
}

test("a thousand likes are one row with an exact count, told a few times", async ({ member, api }) => {
  // Hashing a thousand passwords is most of it.
  test.setTimeout(900_000);
  const ana = await member("ana", "Ana Ferreira");
  const likers: Person[] = [];
  await each(Array.from({ length: 998 }, (_, at) => at), 4, async () => likers.push(await api.join("fan", "One Of Many")));
  const [yan, zoe] = [await api.join("yan", "Yan Li"), await api.join("zoe", "Zoe Marsh")];
  const post = await api.post(ana.person, "Test tiles are out on the long table");
  const pushed = frames(ana.page, "notification");
  await open(ana.page, "/notifications");
  const began = Date.now();
  await each(likers, 8, (liker) => api.like(liker, post));
  await api.like(yan, post);
  await api.like(zoe, post);
  const row = notes(ana.page);
  await expect(row).toContainText("Zoe Marsh, Yan Li and 998 others liked your post “Test tiles are out on the long table”");
  await expect(row).toHaveCount(1);
  await expect(badge(ana.page)).toHaveText("1");
  expect((await listed(api, ana.person)).items).toHaveLength(1);
  // The first at once, then one every three seconds, and the last.
  expect(pushed()).toBeLessThanOrEqual(Math.ceil((Date.now() - began) / 3_000) + 2);

  await each(likers.slice(0, 500), 8, (liker) => api.unlike(liker, post));
  await expect(row).toContainText("and 498 others liked your post");
});

// Quiet from and until so many minutes from now, in UTC.
async function keepQuiet(api: Api, person: Person, from: number, until: number): Promise<void> {
  const path = "/api/me/notification-preferences";
  const minute = (away: number) => (Math.floor(Date.now() / 60_000) + away + 1_440) % 1_440;
  const wish = await api.send<object>("GET", path, person.token);
  const quiet_hours = { from_minute: minute(from), until_minute: minute(until) };
  await api.send("PUT", path, person.token, { ...wish, time_zone: "UTC", quiet_hours });
}

test("in quiet hours nothing is shown or heard, and everything is counted", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await ana.page.addInitScript(() => {
    const heard = { count: 0 };
    Object.assign(window, { heard });
    HTMLMediaElement.prototype.play = function () {
      heard.count += 1;
      return Promise.resolve();
    };
  });
  const heard = () => ana.page.evaluate(() => (window as unknown as { heard: { count: number } }).heard.count);
  // The browser stands still in time: whether it is quiet is for the server to say.
  await ana.page.clock.setFixedTime(new Date());
  await open(ana.page, "/settings/notifications");
  await ana.page.getByRole("switch", { name: /^Sound/ }).check();
  await open(ana.page, "/");
  await keepQuiet(api, ana.person, -30, 30);
  await api.like(ben, await api.post(ana.person, "While it is quiet"));
  await api.comment(ben, await api.post(ana.person, "Still quiet"), "Sleep well");
  await expect(badge(ana.page)).toHaveText("2");

  await keepQuiet(api, ana.person, 120, 180);
  await api.like(ben, await api.post(ana.person, "In the morning"));
  await expect(toasts(ana.page).filter({ hasText: "In the morning" })).toBeVisible();
  await expect(badge(ana.page)).toHaveText("3");
  await expect.poll(heard).toBe(1);
  await expect(toasts(ana.page)).toHaveCount(1);
});

const requestsChip = (page: Page): Locator => panel(page).getByRole("button", { name: /^Requests/ });

test("requests are answered in the panel, which counts them", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const [ben, cleo] = [await api.join("ben", "Ben Okafor"), await api.join("cleo", "Cleo Lind")];
  await open(ana.page, "/");
  await api.ask(ben, ana.person);
  await api.ask(cleo, ana.person);
  await expect(badge(ana.page)).toHaveText("2");
  await bell(ana.page).click();
  await expect(requestsChip(ana.page)).toHaveAccessibleName("Requests 2 waiting");
  await requestsChip(ana.page).click();
  const row = (name: string) => noteWith(panel(ana.page), name);
  await row("Ben Okafor").getByRole("button", { name: "Accept" }).click();
  await expect(row("Ben Okafor")).toContainText("Accepted");
  await expect(requestsChip(ana.page)).toHaveAccessibleName("Requests 1 waiting");
  await row("Cleo Lind").getByRole("button", { name: "Decline" }).click();
  await expect(row("Cleo Lind")).toHaveCount(0);
  await expect(requestsChip(ana.page)).toHaveAccessibleName("Requests");
  await expect(badge(ana.page)).toHaveCount(0);
  const { items } = await api.send<{ items: { username: string }[] }>("GET", "/api/connections", ana.person.token);
  expect(items.map((item) => item.username)).toEqual([ben.username]);
});

test("the panel follows back and replies", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const [priya, ben] = [await api.join("priya", "Priya Nair"), await api.join("ben", "Ben Okafor")];
  await api.follow(priya, ana.person);
  await api.follow(ana.person, ben);
  const talk = await api.begin(ben, [ana.person]);
  await api.say(ben, talk, "Which glaze was that?");
  await told(api, ana.person, /wrote/);
  await open(ana.page, "/");
  await bell(ana.page).click();
  await panel(ana.page).getByRole("button", { name: "Follow back Priya Nair" }).click();
  await expect(panel(ana.page).getByRole("button", { name: "Following Priya Nair" })).toBeVisible();
  await panel(ana.page).getByRole("button", { name: "Mark all read" }).click();
  await api.say(ben, talk, "And was it fired twice?");
  await noteWith(panel(ana.page), "wrote").first().getByRole("link", { name: "Reply" }).click();
  await expect(ana.page).toHaveURL(threadOf(talk));
  await expect(badge(ana.page)).toHaveCount(0);
});

test("a request is answered and somebody followed back without JavaScript @only-nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const [ben, cleo, dev] = [await api.join("ben", "Ben Okafor"), await api.join("cleo", "Cleo Lind"), await api.join("dev", "Dev Patel")];
  await api.ask(ben, ana.person);
  await api.ask(cleo, ana.person);
  await api.follow(dev, ana.person);
  await told(api, ana.person, /followed you/);
  await open(ana.page, "/notifications");
  await noteWith(ana.page, "Ben Okafor").getByRole("button", { name: "Accept" }).click();
  await expect(ana.page).toHaveURL("/notifications");
  await noteWith(ana.page, "Cleo Lind").getByRole("button", { name: "Decline" }).click();
  await ana.page.getByRole("button", { name: "Follow back Dev Patel" }).click();
  await expect(ana.page).toHaveURL("/notifications");
  await expect(ana.page.getByRole("button", { name: "Follow back Dev Patel" })).toHaveCount(0);
  const { items } = await api.send<{ items: { username: string }[] }>("GET", "/api/connections", ana.person.token);
  expect(items.map((item) => item.username)).toEqual([ben.username]);
});

// Goes on with Tab until it is there, as somebody without a pointer does.
async function tabTo(page: Page, place: Locator): Promise<void> {
  await expect(place).toBeVisible();
  for (let at = 0; at < 80; at += 1) {
    if (await place.evaluate((one) => one === document.activeElement).catch(() => false)) return;
    await page.keyboard.press("Tab");
  }
  await expect(place).toBeFocused();
}

test("bell, requests, jobs and announcements are used with keys alone", async ({ ownServer, browserOf }) => {
  test.skip(!isScripted());
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Mina Sato");
  const ana = await api.join("ana", "Ana Ferreira");
  const [ben, cleo] = [await api.join("ben", "Ben Okafor"), await api.join("cleo", "Cleo Lind")];
  await api.ask(ben, ana);
  await api.ask(cleo, ana);
  await api.announce(owner, "The kiln is closed on Friday");
  await told(api, ana, /kiln is closed/);
  const page = await browserOf(ana, server);
  const main = page.getByRole("main");

  await open(page, "/");
  await tabTo(page, main.getByRole("button", { name: /^Put away/ }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Announcement", exact: true })).toBeHidden();

  await page.keyboard.press("g");
  await page.keyboard.press("n");
  await expect(page).toHaveURL("/notifications");
  await tabTo(page, noteWith(page, "Ben Okafor").getByRole("button", { name: "Accept" }));
  await page.keyboard.press("Enter");
  await expect(noteWith(page, "Ben Okafor")).toContainText("Accepted");
  await tabTo(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Connections/ }));
  await page.keyboard.press("Enter");
  await tabTo(page, main.getByRole("link", { name: /^Requests/ }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Decline the request of Cleo Lind" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("No requests wait")).toBeVisible();

  await tabTo(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Jobs" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("link", { name: "Post a job" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByLabel("Title"));
  await page.keyboard.type("Studio technician");
  await tabTo(page, page.getByLabel("Place"));
  await page.keyboard.type("Lisbon");
  await tabTo(page, page.getByLabel("Description"));
  await page.keyboard.type("Kilns, glazes and a broom.");
  await tabTo(page, page.getByRole("button", { name: "Post job" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Studio technician" })).toBeVisible();
  await tabTo(page, page.getByLabel("More about this job"));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Close", exact: true }));
  await page.keyboard.press("Enter");
  await expect(main.getByText("Closed", { exact: true })).toBeVisible();

  const desk = await browserOf(owner, server);
  await open(desk, "/announcements");
  await tabTo(desk, desk.getByRole("link", { name: "New announcement" }));
  await desk.keyboard.press("Enter");
  await tabTo(desk, desk.getByLabel("Title"));
  await desk.keyboard.type("Open again");
  await tabTo(desk, desk.getByRole("button", { name: "Announce", exact: true }));
  await desk.keyboard.press("Enter");
  await expect(desk.getByRole("heading", { name: "Open again" })).toBeVisible();
  await tabTo(desk, desk.getByRole("button", { name: "End it now" }));
  await desk.keyboard.press("Enter");
  await expect(desk.getByText("Over", { exact: true })).toBeVisible();
});
