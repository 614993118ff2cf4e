// The bell: what it counts, what it says, and who is told, in one tab and in several.
import { actOn, badge, bell, listed, noteWith, notes, panel, toasts } from "../parts/bell";
import { expectNoBarriers } from "../parts/barriers";
import { shown } from "../parts/push";
import { settle } from "../parts/feed";
import { refusal } from "../parts/guard";
import { log, rowOf, threadOf } from "../parts/messages";
import type { Api, Person } from "../parts/people";
import { expect, isScripted, open, pressed, test } from "../parts/test";

async function likedBy(api: Api, author: Person, names: string[], text = "Test tiles are out on the long table") {
  const post = await api.post(author, text);
  for (const name of names) await api.like(await api.join(name.toLowerCase().replace(/[^a-z]/g, ""), name), post);
  return post;
}

const until = (api: Api, person: Person, message: RegExp) =>
  expect.poll(async () => (await listed(api, person)).items.map((item) => item.message)).toContainEqual(expect.stringMatching(message));

test("what concerns a person rings at once, in words that count @phone", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  await open(ana.page, "/");
  await expect(badge(ana.page)).toHaveCount(0);
  await likedBy(api, ana.person, ["Ben"]);
  await expect(badge(ana.page)).toHaveText("1");
  await expect(bell(ana.page)).toHaveAccessibleName("Notifications, 1 unread");
  await expect(ana.page).toHaveTitle("(1) Home · Hubbub");
});

test("likes of one post are one notification with exact counts", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  await likedBy(api, ana.person, ["Ben", "Chloe", "Dev", "Eva", "Finn"]);
  await until(api, ana.person, /3 others/);
  await open(ana.page, "/notifications");
  await expect(notes(ana.page)).toHaveCount(1);
  await expect(notes(ana.page)).toContainText("Finn, Eva and 3 others liked your post “Test tiles are out on the long table”");
  await expect(badge(ana.page)).toHaveText("1");
});

test("reading in one tab and one browser clears the others", async ({ member, api, browserOf }) => {
  const ana = await member("ana", "Ana Ferreira");
  await likedBy(api, ana.person, ["Ben"]);
  await api.follow(await api.join("chloe", "Chloe Adams"), ana.person);
  const tab = await ana.page.context().newPage();
  const elsewhere = await browserOf(await api.signIn(ana.person));
  await open(ana.page, "/notifications");
  await open(tab, "/");
  await open(elsewhere, "/");
  for (const page of [ana.page, tab, elsewhere]) await expect(badge(page)).toHaveText("2");

  await noteWith(ana.page, "liked your post").getByRole("link").first().click();
  await expect(ana.page).toHaveURL(/\/posts\//);
  for (const page of [ana.page, tab, elsewhere]) await expect(badge(page)).toHaveText("1");
  await bell(elsewhere).click();
  await actOn(noteWith(panel(elsewhere), "Chloe Adams followed you"), "Mark as read");
  for (const page of [ana.page, tab, elsewhere]) await expect(badge(page)).toHaveCount(0);
  await actOn(noteWith(panel(elsewhere), "Chloe Adams followed you"), "Mark as unread");
  for (const page of [ana.page, tab, elsewhere]) await expect(badge(page)).toHaveText("1");
});

test("all are marked at once, and taken back", async ({ member, api, browserOf }) => {
  const ana = await member("ana", "Ana Ferreira");
  await likedBy(api, ana.person, ["Ben"]);
  await likedBy(api, ana.person, ["Chloe"], "Another post");
  await open(ana.page, "/");
  const elsewhere = await browserOf(await api.signIn(ana.person));
  await open(elsewhere, "/notifications");
  await expect(elsewhere.locator("[data-new]")).toHaveCount(2);
  await bell(ana.page).click();
  await panel(ana.page).getByRole("button", { name: "Mark all read" }).click();
  await expect(badge(ana.page)).toHaveCount(0);
  await expect(panel(ana.page).locator("[data-new]")).toHaveCount(0);
  await expect(badge(elsewhere)).toHaveCount(0);
  await expect(elsewhere.locator("[data-new]")).toHaveCount(0);
  await toasts(ana.page).filter({ hasText: "2 notifications marked as read" }).getByRole("button", { name: "Undo" }).click();
  await expect(badge(ana.page)).toHaveText("2");
  await expect(panel(ana.page).locator("[data-new]")).toHaveCount(2);
  await expect(badge(elsewhere)).toHaveText("2");
  await expect(elsewhere.locator("[data-new]")).toHaveCount(2);
});

test("filters show a part, and paging goes on to the first ever", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  for (let at = 0; at < 45; at += 1) await api.like(ben, await api.post(ana.person, `Post number ${at}.`));
  await api.post(ben, `Ask @${ana.person.username}, she has the key`);
  await until(api, ana.person, /mentioned you/);
  await open(ana.page, "/notifications");
  await expect(noteWith(ana.page, "Post number 44.")).toBeVisible();
  await expect(async () => {
    await ana.page.mouse.wheel(0, 5_000);
    await expect(noteWith(ana.page, "Post number 0.")).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(notes(ana.page)).toHaveCount(46);

  await ana.page.getByRole("link", { name: "Mentions", exact: true }).click();
  await expect(ana.page).toHaveURL(/filter=mentions/);
  await expect(notes(ana.page)).toHaveCount(1);
  await expect(notes(ana.page)).toContainText("Ben Okafor mentioned you");
  await ana.page.getByRole("link", { name: "Requests", exact: true }).click();
  await expect(ana.page.getByRole("heading", { name: "No requests" })).toBeVisible();
});

test("the panel is used with keys alone", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  await likedBy(api, ana.person, ["Ben"]);
  await open(ana.page, "/");
  await expect(badge(ana.page)).toHaveText("1");
  await bell(ana.page).focus();
  await ana.page.keyboard.press("Enter");
  await expect(panel(ana.page)).toBeFocused();
  await expect(noteWith(panel(ana.page), "Ben liked your post")).toBeVisible();
  await ana.page.keyboard.press("Escape");
  await expect(panel(ana.page)).toBeHidden();
  await expect(bell(ana.page)).toBeFocused();

  await ana.page.keyboard.press("Enter");
  const unread = panel(ana.page).getByRole("button", { name: "Unread" });
  for (let at = 0; at < 8; at += 1) {
    if (await unread.evaluate((chip) => chip === document.activeElement)) break;
    await ana.page.keyboard.press("Tab");
  }
  await expect(unread).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(unread).toHaveAttribute("aria-pressed", "true");
  const row = noteWith(panel(ana.page), "Ben liked your post").getByRole("link").first();
  await row.focus();
  await ana.page.keyboard.press("Enter");
  await expect(ana.page).toHaveURL(/\/posts\//);
  await expect(panel(ana.page)).toBeHidden();
  await expect(badge(ana.page)).toHaveCount(0);
  await ana.page.keyboard.press("g");
  await ana.page.keyboard.press("n");
  await expect(ana.page).toHaveURL("/notifications");
});

test("of two tabs exactly one tells, and none what is on screen", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  await open(ana.page, "/");
  const other = await ana.page.context().newPage();
  await open(other, "/");
  await likedBy(api, ana.person, ["Chloe"], "Who hears of this?");
  const told = () => Promise.all([ana.page, other].map((page) => toasts(page).filter({ hasText: "Chloe liked your post" }).count()));
  await expect.poll(async () => (await told()).reduce((sum, count) => sum + count)).toBe(1);
  await settle(other);
  expect((await told()).reduce((sum, count) => sum + count)).toBe(1);
  await other.close();

  const talk = await api.begin(ben, [ana.person]);
  await api.say(ben, talk, "Hello");
  await open(ana.page, threadOf(talk));
  await expect(log(ana.page)).toContainText("Hello");
  await api.say(ben, talk, "You are looking at this");
  await expect(log(ana.page)).toContainText("You are looking at this");
  await likedBy(api, ana.person, ["Dev"], "But not at this");
  await expect(toasts(ana.page).filter({ hasText: "Dev liked your post" })).toBeVisible();
  await expect(toasts(ana.page).filter({ hasText: "Ben Okafor" })).toHaveCount(0);
});

test("a toast leads to what it tells of", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  await open(ana.page, "/settings");
  const post = await likedBy(api, ana.person, ["Ben"]);
  await toasts(ana.page).filter({ hasText: "Ben liked your post" }).getByRole("button", { name: "View" }).click();
  await expect(ana.page).toHaveURL(`/posts/${post.id}`);
  await expect(badge(ana.page)).toHaveCount(0);
});

test("somebody is followed back, and answered, from where it stands", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const priya = await api.join("priya", "Priya Nair");
  await api.follow(priya, ana.person);
  await until(api, ana.person, /followed you/);
  await open(ana.page, "/notifications");
  await pressed(ana.page, noteWith(ana.page, "Priya Nair").getByRole("button", { name: "Follow back" }));
  await expect(noteWith(ana.page, "Priya Nair").getByRole("button", { name: "Following Priya Nair" })).toBeVisible();
  await expect(badge(ana.page)).toHaveCount(0);
  const talk = await api.begin(priya, [ana.person]);
  await api.say(priya, talk, "Which glaze was that?");
  const row = noteWith(ana.page, "Priya Nair wrote: “Which glaze was that?”");
  await row.getByRole("link", { name: "Reply" }).click();
  await expect(ana.page).toHaveURL(threadOf(talk));
  await expect(badge(ana.page)).toHaveCount(0);
  await open(ana.page, "/messages");
  await expect(rowOf(ana.page, "Priya Nair")).toBeVisible();
});

test("what is switched off does not ring", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  await open(ana.page, "/settings/notifications");
  const likes = ana.page.getByRole("switch", { name: "Likes: in the bell" });
  await expect(likes).toBeChecked();
  await likes.uncheck();
  await ana.page.getByRole("button", { name: "Save choices" }).click();
  await expect(ana.page.getByText("Your choices are saved.")).toBeVisible();
  await open(ana.page, "/settings/notifications");
  await expect(ana.page.getByRole("switch", { name: "Likes: in the bell" })).not.toBeChecked();
  await expect(ana.page.getByRole("switch", { name: "Comments: in the bell" })).toBeChecked();
  const ben = await api.join("ben", "Ben Okafor");
  const post = await api.post(ana.person, "Quiet, please");
  await api.like(ben, post);
  await api.comment(ben, post, "As you like");
  await expect(badge(ana.page)).toHaveText("1");
  expect((await listed(api, ana.person)).items.map((item) => item.message)).toEqual(["Ben Okafor commented: “As you like”"]);
});

test("quiet hours, the zone and the daily letter are chosen @nojs @phone", async ({ member, guard }) => {
  guard.allow(refusal(422));
  const { page } = await member("ana", "Ana Ferreira");
  await open(page, "/settings/notifications");
  // Who never chose is offered the zone of the browser, where there is a script to ask it.
  await expect(page.getByLabel("Your time zone")).toHaveValue(isScripted() ? "Europe/Lisbon" : "UTC");
  await page.getByRole("switch", { name: /^Quiet hours/ }).or(page.getByRole("checkbox", { name: /^Quiet hours/ })).check();
  await page.getByLabel("From").fill("23:15");
  await page.getByLabel("Until").fill("06:45");
  await page.getByLabel("Daily e-mail at").fill("08:30");
  await page.getByLabel("Your time zone").selectOption("Asia/Tokyo");
  await page.getByLabel("Mentions: by e-mail").selectOption("daily");
  await page.getByRole("button", { name: "Save choices" }).click();
  await expect(page.getByText("Your choices are saved.")).toBeVisible();
  await open(page, "/settings/notifications");
  await expect(page.getByLabel("From")).toHaveValue("23:15");
  await expect(page.getByLabel("Until")).toHaveValue("06:45");
  await expect(page.getByLabel("Daily e-mail at")).toHaveValue("08:30");
  await expect(page.getByLabel("Your time zone")).toHaveValue("Asia/Tokyo");
  await expect(page.getByLabel("Mentions: by e-mail")).toHaveValue("daily");
  await page.getByLabel("Until").fill("23:15");
  await page.getByRole("button", { name: "Save choices" }).click();
  await expect(page.getByText("Quiet hours end at another minute than they begin.")).toBeVisible();
});

test("a test rings, with the sound of this device once it is turned on", async ({ member }) => {
  const { page } = await member("ana", "Ana Ferreira");
  await open(page, "/settings/notifications");
  const sound = page.getByRole("switch", { name: /^Sound/ });
  await expect(sound).not.toBeChecked();
  await expect(page.getByRole("switch", { name: /^Notifications of the browser/ })).not.toBeChecked();
  const first = page.waitForResponse("**/notification.mp3");
  await sound.check();
  const answer = await first;
  expect(answer.headers()["content-type"]).toBe("audio/mpeg");
  // A debug build has the browser ask again.
  expect(answer.headers()["cache-control"]).toMatch(/max-age|no-cache/);
  await page.getByRole("button", { name: "Send me a test" }).click();
  await expect(toasts(page).filter({ hasText: "This is how you are told." })).toBeVisible();
  await expect(badge(page)).toHaveText("1");
  const icon = await page.request.get("/favicon.ico");
  expect(icon.headers()["content-type"]).toMatch(/^image\//);
  expect(icon.headers()["cache-control"]).toMatch(/max-age|no-cache/);
  await open(page, "/settings/notifications");
  await expect(page.getByRole("switch", { name: /^Sound/ })).toBeChecked();
});

test("a tab in the background uses the browser's own notifications, once they are turned on", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  await ana.page.context().grantPermissions(["notifications"]);
  // As when another window lies over this one.
  await ana.page.addInitScript(() => (document.hasFocus = () => false));
  await open(ana.page, "/settings/notifications");
  await ana.page.getByRole("switch", { name: /^Notifications of the browser/ }).check();
  await ana.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await likedBy(api, ana.person, ["Ben"]);
  await expect.poll(async () => (await shown(ana.page)).length).toBe(1);
  const { notification_id: id } = (await listed(api, ana.person)).items[0]!;
  expect(await shown(ana.page)).toEqual([{ title: "Ben", body: "Ben liked your post “Test tiles are out on the long table”", tag: id }]);
  await expect(toasts(ana.page)).toHaveCount(0);
});

test("notifications are read and marked without JavaScript @only-nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  for (let at = 0; at < 45; at += 1) await api.like(ben, await api.post(ana.person, `Post number ${at}.`));
  await until(api, ana.person, /number 44/);
  await open(ana.page, "/");
  await expect(badge(ana.page)).toHaveText("45");
  await bell(ana.page).click();
  await expect(ana.page).toHaveURL("/notifications");
  await actOn(noteWith(ana.page, "Post number 44."), "Mark as read");
  await expect(badge(ana.page)).toHaveText("44");
  await expect(noteWith(ana.page, "Post number 44.").locator("[data-new]")).toHaveCount(0);
  await ana.page.getByRole("link", { name: "Older" }).click();
  await expect(noteWith(ana.page, "Post number 44.")).toHaveCount(0);
  await ana.page.getByRole("link", { name: "Newest" }).click();
  await ana.page.getByRole("button", { name: "Mark all read" }).click();
  await expect(badge(ana.page)).toHaveCount(0);
});

test("on a phone the bell leads to the page, and all fits @only-phone", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  await likedBy(api, ana.person, ["Benedetta-Maximiliana", "Chloe", "Dev"]);
  await until(api, ana.person, /Chloe/);
  await open(ana.page, "/");
  await bell(ana.page).click();
  await expect(ana.page).toHaveURL("/notifications");
  await expect(notes(ana.page)).toHaveCount(1);
  for (const path of ["/notifications", "/notifications?filter=requests", "/settings/notifications"]) {
    await open(ana.page, path);
    const wider = await ana.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wider, path).toBeLessThanOrEqual(0);
    await expect(bell(ana.page)).toBeInViewport();
  }
});

for (const scheme of ["light", "dark"] as const) {
  test(`the bell is clean for those who hear it in ${scheme} @phone`, async ({ member, api }) => {
    const ana = await member("ana", "Ana Ferreira");
    // What moves without end, as a list does while it loads, would be waited for in vain.
    await ana.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await likedBy(api, ana.person, ["Ben", "Chloe"]);
    await api.follow(await api.join("dev", "Dev Patel"), ana.person);
    await api.ask(await api.join("eva", "Eva Lind"), ana.person);
    await until(api, ana.person, /connect/);
    for (const path of ["/notifications", "/notifications?filter=requests", "/notifications?filter=mentions", "/settings/notifications"]) {
      await open(ana.page, path);
      await expectNoBarriers(ana.page, path);
    }
    await open(ana.page, "/");
    if ((ana.page.viewportSize()?.width ?? 0) > 640) {
      await bell(ana.page).click();
      await expect(noteWith(panel(ana.page), "followed you")).toBeVisible();
      await expectNoBarriers(ana.page, "the panel");
    }
  });
}

test("a list that does not come says so and tries again", async ({ member, api, guard }) => {
  guard.allow(/net::ERR_/, /Failed to fetch/);
  const ana = await member("ana", "Ana Ferreira");
  await likedBy(api, ana.person, ["Ben"]);
  await open(ana.page, "/");
  await ana.page.route("**/sfn/notifications/page**", (route) => route.abort());
  await bell(ana.page).click();
  await expect(panel(ana.page).getByText("Your notifications did not load")).toBeVisible();
  await ana.page.unroute("**/sfn/notifications/page**");
  await panel(ana.page).getByRole("button", { name: "Retry" }).click();
  await expect(noteWith(panel(ana.page), "Ben liked your post")).toBeVisible();
});
