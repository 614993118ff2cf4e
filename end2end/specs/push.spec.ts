// Web Push: from turning it on to a press on what is shown, with a push service of our own in place of the vendor's.
import { bell, listed } from "../parts/bell";
import { Api, type Person } from "../parts/people";
import {
  askedWith,
  changeSubscription,
  claimsOf,
  deliver,
  noteWindows,
  press,
  PushService,
  shown,
  standInForTheVendor,
} from "../parts/push";
import { expect, open, type Page, test as base } from "../parts/test";

const test = base.extend<{ service: PushService; world: { api: Api; browser: (who: Person) => Promise<Page> } }>({
  service: async ({}, use) => {
    const service = await PushService.start();
    await use(service);
    await service.stop();
  },
  world: async ({ service, ownServer, browserOf }, use) => {
    const server = await ownServer({ pushAllowLocal: service.url });
    await use({ api: new Api(server.url), browser: (who) => browserOf(who, server) });
  },
});

// A page that shows no app, so that nobody is there; the service worker has it all the same.
const leave = (page: Page) => page.goto("/offline.html");

const devices = (page: Page) => page.getByRole("list", { name: "Devices that take pushes" }).getByRole("listitem");

async function turnOn(page: Page, service: PushService): Promise<void> {
  await page.context().grantPermissions(["notifications"]);
  await standInForTheVendor(page, service.subscription());
  await open(page, "/settings/notifications");
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await expect(page.getByText("No device of yours takes pushes yet.")).toBeVisible();
  await page.getByRole("button", { name: "Turn on for this device" }).click();
  await expect(page.getByText("This device is told also while Hubbub is closed.")).toBeVisible();
  await expect(devices(page)).toHaveCount(1);
  await expect(devices(page)).toContainText("This device");
}

test("what comes while nobody is there is shown by the service worker, and a press leads to it", async ({ service, world }) => {
  const { api } = world;
  const [ana, ben] = [await api.join("ana", "Ana Ferreira"), await api.join("ben", "Ben Okafor")];
  const page = await world.browser(ana);
  await turnOn(page, service);
  const { public_key: key } = await api.send<{ public_key: string }>("GET", "/api/push/key", ana.token);
  expect(await page.evaluate(() => localStorage.getItem("test:subscription"))).toBe(key);

  await page.getByRole("button", { name: /^Send a test to / }).click();
  await expect(page.getByText("The push service took it.")).toBeVisible();
  const [trial] = service.taken.splice(0);
  await deliver(page, trial!.text);
  await expect.poll(() => shown(page)).toEqual([{ title: "Hubbub", body: "This is how this device is told.", tag: "test" }]);

  await leave(page);
  const post = await api.post(ana, "Test tiles are out on the long table");
  await api.comment(ben, post, "Which clay is that?");
  await expect.poll(() => service.taken.length).toBe(1);
  const taken = service.taken[0]!;
  const { notification_id: id } = (await listed(api, ana)).items[0]!;
  expect(taken.note).toMatchObject({ tag: id, title: "Ben Okafor", body: "Ben Okafor commented: “Which clay is that?”" });
  expect(taken.headers).toMatchObject({ "content-encoding": "aes128gcm", urgency: "normal", topic: id });
  const claims = claimsOf(taken, key);
  expect(claims.aud).toBe(service.url);
  expect(claims.exp - Date.now() / 1_000).toBeLessThanOrEqual(24 * 60 * 60);

  await deliver(page, taken.text);
  await expect.poll(async () => (await shown(page)).map((one) => one.tag).sort()).toEqual([id, "test"].sort());
  await press(page, id);
  await expect(page).toHaveURL(new RegExp(`/posts/${post.id}`));
  await expect(page.getByText("Which clay is that?")).toBeVisible();
  await expect(bell(page)).toHaveAccessibleName("Notifications");
  expect((await listed(api, ana)).items[0]!.read_at).toBeTruthy();
  await expect.poll(async () => (await shown(page)).map((one) => one.tag)).toEqual(["test"]);

  await open(page, "/settings/notifications");
  await expect(devices(page)).toContainText("Last told");
  await page.getByRole("button", { name: "Turn off for this device" }).click();
  await expect(devices(page)).toHaveCount(0);
  await leave(page);
  await api.like(ben, post);
  await expect.poll(async () => (await listed(api, ana)).items.length).toBe(2);
  expect(service.taken.length).toBe(1);
});

test("a kind that is not wanted is not pushed, and a device that is gone is removed", async ({ service, world }) => {
  const { api } = world;
  const [ana, ben] = [await api.join("ana", "Ana Ferreira"), await api.join("ben", "Ben Okafor")];
  const page = await world.browser(ana);
  await turnOn(page, service);
  await page.getByRole("switch", { name: "Likes: push" }).uncheck();
  await page.getByRole("button", { name: "Save choices" }).click();
  await expect(page.getByText("Your choices are saved.")).toBeVisible();
  await leave(page);
  const post = await api.post(ana, "Test tiles are out on the long table");
  await api.like(ben, post);
  await expect.poll(async () => (await listed(api, ana)).items.length).toBe(1);
  service.status = 410;
  await api.comment(ben, post, "Which clay is that?");
  await expect.poll(() => service.taken.map((taken) => taken.note.title)).toEqual(["Ben Okafor"]);
  expect(service.taken[0]!.note.body).toContain("commented");
  await open(page, "/settings/notifications");
  await expect(page.getByRole("switch", { name: "Likes: push" })).not.toBeChecked();
  await expect(page.getByRole("switch", { name: "Comments: push" })).toBeChecked();
  await expect(page.getByText("No device of yours takes pushes yet.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Turn on for this device" })).toBeVisible();
});

test("who is read elsewhere first is left alone, and what is shown is taken back", async ({ service, world }) => {
  const { api } = world;
  const [ana, ben] = [await api.join("ana", "Ana Ferreira"), await api.join("ben", "Ben Okafor")];
  const page = await world.browser(ana);
  await turnOn(page, service);
  await leave(page);
  await api.comment(ben, await api.post(ana, "Test tiles"), "Which clay is that?");
  await expect.poll(() => service.taken.length).toBe(1);
  const taken = service.taken[0]!;
  await deliver(page, taken.text);
  await expect.poll(async () => (await shown(page)).length).toBe(1);
  await open(page, "/");
  await expect(page.locator("html")).toHaveAttribute("data-awake");
  await api.send("PUT", `/api/notifications/${taken.note.tag}/read`, ana.token);
  await expect.poll(async () => (await shown(page)).length).toBe(0);
});

// What the server holds of this person's devices.
const held = (api: Api, person: Person) => api.send<{ id: string }[]>("GET", "/api/push/subscriptions", person.token);

test("a device that is given another address is told there, and no longer at the old one", async ({ service, world }) => {
  const { api } = world;
  const [ana, ben] = [await api.join("ana", "Ana Ferreira"), await api.join("ben", "Ben Okafor")];
  const page = await world.browser(ana);
  await turnOn(page, service);
  const { public_key: key } = await api.send<{ public_key: string }>("GET", "/api/push/key", ana.token);
  await leave(page);
  const post = await api.post(ana, "Test tiles are out on the long table");
  const toldAt = async (path: string, words: string) => {
    await api.comment(ben, post, words);
    await expect.poll(() => service.taken.map((taken) => taken.path)).toEqual([path]);
    const { note } = service.taken.splice(0)[0]!;
    await api.send("PUT", `/api/notifications/${note.tag}/read`, ana.token);
  };
  await toldAt("/push/device", "Which clay is that?");

  // Where the one device that there is would be reached: the server says that to nobody.
  const reached = async () => {
    const devices = await held(api, ana);
    for (const { id } of devices) await api.send("POST", `/api/push/subscriptions/${id}/test`, ana.token);
    return service.taken.splice(0).map((taken) => taken.path);
  };
  // One that was listed may be gone before it is tried.
  const isReachedAt = (path: string) =>
    expect(async () => expect(await reached()).toEqual([path])).toPass({ timeout: 10_000 });
  await changeSubscription(page, service.subscription("second"), "told");
  await isReachedAt("/push/second");
  await toldAt("/push/second", "And which glaze?");

  // The browser may leave it to the worker to ask for one; and no tab kept the session fresh meanwhile.
  await page.context().clearCookies({ name: "hubbub_access" });
  await changeSubscription(page, service.subscription("third"), "left to the worker");
  await isReachedAt("/push/third");
  expect(await askedWith(page)).toBe(key);
  expect((await page.context().cookies()).map((cookie) => cookie.name)).toContain("hubbub_access");
  await toldAt("/push/third", "How hot was it?");
});

test("a press while no window is open wants one at the place, and reads what was told", async ({ service, world }) => {
  const { api } = world;
  const [ana, ben] = [await api.join("ana", "Ana Ferreira"), await api.join("ben", "Ben Okafor")];
  const page = await world.browser(ana);
  const context = page.context();
  await turnOn(page, service);
  await leave(page);
  const post = await api.post(ana, "Test tiles are out on the long table");
  await api.comment(ben, post, "Which clay is that?");
  await expect.poll(() => service.taken.length).toBe(1);
  const taken = service.taken[0]!;
  await deliver(page, taken.text);
  await expect.poll(async () => (await shown(page)).length).toBe(1);
  const windows = await noteWindows(context);
  await page.close();
  await press(context, taken.note.tag);
  await expect.poll(windows).toHaveLength(1);
  const [wanted] = await windows();
  expect(new URL(wanted!).pathname).toBe(`/posts/${post.id}`);
  await expect.poll(async () => (await listed(api, ana)).items[0]!.read_at).toBeTruthy();

  // It is a place of this site, which opens with what was told.
  const opened = await context.newPage();
  await open(opened, wanted!);
  await expect(opened.getByText("Which clay is that?")).toBeVisible();
  await expect.poll(() => shown(opened)).toEqual([]);
});

test("a browser that blocks notifications says how to allow them", async ({ service, world }) => {
  const { api } = world;
  const page = await world.browser(await api.join("ana", "Ana Ferreira"));
  await standInForTheVendor(page, service.subscription());
  await page.addInitScript(() => Object.defineProperty(Notification, "permission", { get: () => "denied" }));
  await open(page, "/settings/notifications");
  await expect(page.getByText("Notifications are blocked in this browser.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Turn on for this device" })).toHaveCount(0);
});

test("devices are listed and removed without JavaScript @only-nojs", async ({ service, world }) => {
  const { api } = world;
  const ana = await api.join("ana", "Ana Ferreira");
  await api.send("POST", "/api/push/subscriptions", ana.token, service.subscription());
  const page = await world.browser(ana);
  await page.goto("/settings/notifications");
  await expect(page.getByText("To turn it on, open this page there with JavaScript.")).toBeVisible();
  await page.getByRole("button", { name: /^Send a test to / }).click();
  await expect(page.getByText("The push service took it.")).toBeVisible();
  expect(service.taken.length).toBe(1);
  await page.getByRole("button", { name: /^Remove / }).click();
  await expect(page.getByText("No device of yours takes pushes yet.")).toBeVisible();
});

test("the settings of pushes fit a phone @only-phone", async ({ service, world }) => {
  const { api } = world;
  const ana = await api.join("ana", "Ana Ferreira");
  await api.send("POST", "/api/push/subscriptions", ana.token, service.subscription());
  const page = await world.browser(ana);
  await page.setViewportSize({ width: 375, height: 812 });
  await open(page, "/settings/notifications");
  await expect(devices(page)).toHaveCount(1);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider).toBeLessThanOrEqual(0);
});
