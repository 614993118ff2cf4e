// Conversations without JavaScript, on a phone, with keys alone, and for those who hear pages.
import AxeBuilder from "@axe-core/playwright";
import { box, log, messageWith, rowOf, say, threadOf } from "../parts/messages";
import { expect, isScripted, open, type Page, test } from "../parts/test";

test("messages are read and sent without JavaScript @only-nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ben, [ana.person]);
  for (let at = 0; at < 45; at += 1) await api.say(ben, talk, `Line ${at}.`);
  await open(ana.page, "/messages");
  await rowOf(ana.page, "Ben Okafor").click();
  await expect(messageWith(ana.page, "Line 44.")).toBeInViewport();
  await say(ana.page, "Read without a script");
  await expect(messageWith(ana.page, "Read without a script")).toBeVisible();

  await say(ana.page, "x".repeat(4_001));
  await expect(ana.page.getByRole("alert").first()).toBeVisible();
  await expect(box(ana.page)).toHaveValue("x".repeat(4_001));

  await open(ana.page, `${threadOf(talk)}?before=20`);
  await expect(messageWith(ana.page, "Line 5.")).toBeVisible();
  await expect(messageWith(ana.page, "Line 44.")).toHaveCount(0);
});

test("one's own message is edited and deleted without JavaScript @only-nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  const talk = await api.begin(ana.person, [ben]);
  await api.say(ana.person, talk, "With a mistak");
  await open(ana.page, threadOf(talk));
  await messageWith(ana.page, "With a mistak").getByLabel("More about this message").click();
  await ana.page.getByRole("link", { name: "Edit", exact: true }).click();
  await ana.page.getByRole("textbox", { name: "Text of your message" }).fill("Without a mistake");
  await ana.page.getByRole("button", { name: "Save" }).click();
  await expect(messageWith(ana.page, "Without a mistake")).toContainText("edited");
  await expect(box(ana.page)).toBeVisible();
  await messageWith(ana.page, "Without a mistake").getByLabel("More about this message").click();
  await ana.page.getByText("Delete for everyone").last().click();
  await ana.page.getByRole("button", { name: "Yes, delete it" }).click();
  await expect(log(ana.page)).toContainText("This message was deleted");
});

test("a request is accepted and a group begun without JavaScript @only-nojs", async ({ member, api }) => {
  const ana = await member("nana", "Nana Ferreira");
  const kim = await api.join("nkim", "Nkim Jansen");
  const talk = await api.begin(kim, [ana.person]);
  await api.say(kim, talk, "Hello, we have not met");
  await open(ana.page, "/messages");
  await ana.page.getByRole("link", { name: "Requests (1)" }).click();
  await ana.page.getByRole("list", { name: "Requests" }).getByRole("link", { name: /Nkim Jansen/ }).click();
  await ana.page.getByRole("button", { name: "Accept" }).click();
  await expect(ana.page.getByRole("region", { name: "Request" })).toHaveCount(0);

  await open(ana.page, "/messages/new?q=nkim");
  await ana.page.getByRole("checkbox", { name: /Nkim Jansen/ }).first().check();
  await ana.page.getByLabel("Title of the group").fill("Plain crew");
  await ana.page.getByRole("button", { name: /^Begin/ }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Plain crew" })).toBeVisible();
});

test("a thread has the whole phone, and Back leads to the list @only-phone", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ben, [ana.person]);
  await api.say(ben, talk, "Seen on a phone");
  await open(ana.page, "/messages");
  const bar = ana.page.getByRole("navigation", { name: "Main, bottom" });
  await expect(bar).toBeVisible();
  await rowOf(ana.page, "Ben Okafor").click();
  await expect(log(ana.page)).toContainText("Seen on a phone");
  await expect(bar).toBeHidden();
  await expect(ana.page.getByRole("list", { name: "Conversations" })).toBeHidden();
  const field = (await box(ana.page).boundingBox())!;
  expect(field.y + field.height).toBeGreaterThan(760);
  await ana.page.getByRole("link", { name: "Back to messages" }).click();
  await expect(rowOf(ana.page, "Ben Okafor")).toBeVisible();
  expect(await ana.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("conversations are read and answered with keys alone", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ben, [ana.person]);
  await api.say(ben, talk, "Answer me without a mouse");
  await open(ana.page, "/");
  await ana.page.keyboard.press("g");
  await ana.page.keyboard.press("m");
  await expect(ana.page).toHaveURL("/messages");
  await rowOf(ana.page, "Ben Okafor").focus();
  await ana.page.keyboard.press("Enter");
  await expect(box(ana.page)).toBeFocused();
  await ana.page.keyboard.type("Done");
  await ana.page.keyboard.press("Enter");
  await expect(messageWith(ana.page, "Done")).toBeVisible();
  const menu = messageWith(ana.page, "Done").getByLabel("More about this message");
  await menu.focus();
  await ana.page.keyboard.press("Enter");
  await expect(messageWith(ana.page, "Done").getByRole("button", { name: "React with Heart" })).toBeVisible();
  await ana.page.keyboard.press("Escape");
  await expect(messageWith(ana.page, "Done").getByRole("button", { name: "React with Heart" })).toBeHidden();
});

async function expectNothingFound(page: Page, what: string): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  expect(found, what).toEqual([]);
}

for (const scheme of ["light", "dark"] as const) {
  test(`conversations have no barriers in ${scheme} @phone`, async ({ member, api }) => {
    const ana = await member("ana", "Ana Ferreira");
    const ben = await api.join("ben", "Ben Okafor");
    const dev = await api.join("dev", "Dev Patel");
    const kim = await api.join("kim", "Kim Jansen");
    await api.befriend(ana.person, ben);
    await api.befriend(ana.person, dev);
    const pair = await api.begin(ben, [ana.person]);
    const first = await api.say(ben, pair, "Look at https://example.org/ and #kiln");
    await api.say(ana.person, pair, "I did", { reply_to: first.message_id });
    await api.say(ben, pair, "And?");
    const group = await api.begin(ana.person, [ben, dev], "Kiln crew");
    const said = await api.say(ben, group, "Who brings gloves?");
    await api.send("PUT", `/api/messages/${said.message_id}/reactions/${encodeURIComponent("🎉")}`, dev.token).catch(() => undefined);
    await api.say(ana.person, group, "I do");
    const stranger = await api.begin(kim, [ana.person]);
    await api.say(kim, stranger, "Hello");
    await ana.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    for (const path of [
      "/messages",
      "/messages/requests",
      "/messages/new",
      threadOf(pair),
      threadOf(group),
      `${threadOf(group)}/details`,
      threadOf(stranger),
      "/settings",
    ]) {
      await open(ana.page, path);
      await expectNothingFound(ana.page, path);
    }
    await open(ana.page, threadOf(group));
    await messageWith(ana.page, "I do").getByLabel("More about this message").click();
    await expectNothingFound(ana.page, "open menu");
    expect(isScripted()).toBe(true);
  });
}
