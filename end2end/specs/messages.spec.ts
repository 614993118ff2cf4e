import { refusal, SERVER_AWAY } from "../parts/guard";
import { Api } from "../parts/people";
import { act, box, log, messageWith, navBadge, rowOf, say, threadOf, tickOf } from "../parts/messages";
import { expect, open, test } from "../parts/test";
import { settle } from "../parts/feed";

test("a message appears live, with ticks that follow from what happened @phone", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.befriend(ana.person, ben.person);
  const talk = await api.begin(ana.person, [ben.person]);
  await open(ana.page, threadOf(talk));
  await say(ana.page, "Is the kiln free on Saturday?");
  await expect(tickOf(ana.page, "Is the kiln free")).toHaveAttribute("data-tick", "Sent");
  await expect(box(ana.page)).toHaveValue("");

  await open(ben.page, "/messages");
  await expect(rowOf(ben.page, "Ana Ferreira")).toContainText("Is the kiln free on Saturday?");
  await expect(tickOf(ana.page, "Is the kiln free")).toHaveAttribute("data-tick", "Delivered");
  await rowOf(ben.page, "Ana Ferreira").click();
  await expect(log(ben.page)).toContainText("Is the kiln free on Saturday?");
  await expect(tickOf(ana.page, "Is the kiln free")).toHaveAttribute("data-tick", "Read");

  await say(ben.page, "It is, from two");
  await expect(log(ana.page)).toContainText("It is, from two");
});

test("who types is said, and forgotten", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.befriend(ana.person, ben.person);
  const talk = await api.begin(ana.person, [ben.person]);
  await api.say(ana.person, talk, "Hello");
  await open(ana.page, threadOf(talk));
  await open(ben.page, threadOf(talk));
  await box(ben.page).pressSequentially("I am still thi", { delay: 40 });
  await expect(log(ana.page)).toContainText("Ben is typing…");
  await expect(log(ana.page)).not.toContainText("Ben is typing…");
});

test("Enter sends, Shift and Enter break the line, the arrow up edits", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  const talk = await api.begin(ana.person, [ben]);
  await open(ana.page, threadOf(talk));
  await expect(box(ana.page)).toBeFocused();
  await ana.page.keyboard.type("one line");
  await ana.page.keyboard.press("Shift+Enter");
  await ana.page.keyboard.type("another");
  await ana.page.keyboard.press("Enter");
  await expect(messageWith(ana.page, "another")).toContainText("one line");
  await expect(tickOf(ana.page, "another")).toHaveAttribute("data-tick", "Sent");

  await ana.page.keyboard.press("ArrowUp");
  const edit = ana.page.getByRole("textbox", { name: "Text of your message" });
  await expect(edit).toBeFocused();
  await ana.page.keyboard.press("Escape");
  await expect(box(ana.page)).toBeFocused();
  await ana.page.keyboard.press("ArrowUp");
  await edit.fill("one line, mended");
  await ana.page.keyboard.press("Enter");
  await expect(messageWith(ana.page, "one line, mended")).toContainText("edited");
});

test("replies, reactions and deletions reach the other side", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.befriend(ana.person, ben.person);
  const talk = await api.begin(ana.person, [ben.person]);
  await api.say(ana.person, talk, "Cone 6 or cone 10?");
  await open(ana.page, threadOf(talk));
  await open(ben.page, threadOf(talk));

  await act(ben.page, "Cone 6 or cone 10?", "Reply");
  await expect(ben.page.getByText("Replying to Ana Ferreira")).toBeVisible();
  await say(ben.page, "Six, as promised");
  const answer = messageWith(ana.page, "Six, as promised");
  await expect(answer.getByRole("link", { name: "Replies to You: Cone 6 or cone 10?" })).toBeVisible();

  await act(ana.page, "Six, as promised", "React with Party");
  await expect(messageWith(ben.page, "Six, as promised").getByRole("button", { name: /^🎉 1, Ana/ })).toBeVisible();
  await answer.getByRole("button", { name: /^🎉 1, you/ }).click();
  await expect(answer.getByRole("button", { name: /^🎉/ })).toHaveCount(0);

  await act(ben.page, "Six, as promised", "Delete for everyone");
  await ben.page.getByRole("dialog", { name: "Delete this message?" }).getByRole("button", { name: "Delete" }).click();
  await expect(log(ana.page)).toContainText("This message was deleted");
  await expect(log(ana.page)).not.toContainText("Six, as promised");
});

test("two tabs agree on what is unread", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ben, [ana.person]);
  await open(ana.page, "/");
  const other = await ana.page.context().newPage();
  await open(other, "/messages");
  await api.say(ben, talk, "First");
  await api.say(ben, talk, "Second");
  await expect(navBadge(ana.page)).toHaveAttribute("data-unread-conversations", "1");
  await expect(rowOf(other, "Ben Okafor").locator("[data-unread]")).toHaveAttribute("data-unread", "2");
  await rowOf(other, "Ben Okafor").click();
  await expect(log(other)).toContainText("Second");
  await other.bringToFront();
  await expect(rowOf(other, "Ben Okafor").locator("[data-unread]")).toHaveCount(0);
  await expect(navBadge(ana.page)).toHaveCount(0);
});

test("a thread opens at what is new, and says what comes below", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ben, [ana.person]);
  for (let at = 0; at < 5; at += 1) await api.say(ana.person, talk, `Old ${at}`);
  for (let at = 0; at < 30; at += 1) await api.say(ben, talk, `News ${at}`);
  await open(ana.page, threadOf(talk));
  await expect(log(ana.page).getByText("New", { exact: true })).toBeInViewport();
  await expect(messageWith(ana.page, "News 0")).toBeInViewport();
  const pill = ana.page.getByRole("button", { name: /new messages?$/ });
  await expect(pill).toBeVisible();
  await pill.click();
  await expect(messageWith(ana.page, "News 29")).toBeInViewport();
  await expect(pill).toHaveCount(0);
});

test("older pages come above without a jump", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ben, [ana.person]);
  for (let at = 0; at < 120; at += 1) await api.say(at % 3 ? ben : ana.person, talk, `Line ${at}.`);
  await api.send("POST", `/api/conversations/${talk.conversation_id}/read`, ana.person.token, {
    message_id: (await api.say(ana.person, talk, "The last line")).message_id,
  });
  await open(ana.page, threadOf(talk));
  await expect(messageWith(ana.page, "The last line")).toBeInViewport();
  const mark = messageWith(ana.page, "Line 100.");
  await mark.scrollIntoViewIfNeeded();
  await settle(ana.page);
  const before = await mark.boundingBox();
  // The list is asked for what is above while one stands still.
  await expect(messageWith(ana.page, "Line 60.")).toBeAttached();
  await settle(ana.page);
  expect((await mark.boundingBox())!.y).toBeCloseTo(before!.y, 0);
  await messageWith(ana.page, "Line 60.").scrollIntoViewIfNeeded();
  await expect(messageWith(ana.page, "Line 30.")).toBeAttached();
  await messageWith(ana.page, "Line 30.").scrollIntoViewIfNeeded();
  await expect(messageWith(ana.page, "Line 0.")).toBeAttached();
});

test("a stranger's message is a request, and accepting it makes it a conversation", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const kim = await member("kim", "Kim Jansen");
  const talk = await api.begin(kim.person, [ana.person]);
  await api.say(kim.person, talk, "Hello, we have not met");
  await open(kim.page, threadOf(talk));
  await open(ana.page, "/messages");
  await ana.page.getByRole("link", { name: "Requests (1)" }).click();
  await ana.page.getByRole("list", { name: "Requests" }).getByRole("link", { name: /Kim Jansen/ }).click();
  await expect(log(ana.page)).toContainText("Hello, we have not met");
  await expect(tickOf(kim.page, "Hello, we have not met")).toHaveAttribute("data-tick", "Sent");
  await ana.page.getByRole("button", { name: "Accept" }).click();
  await expect(ana.page.getByRole("region", { name: "Request" })).toHaveCount(0);
  await expect(tickOf(kim.page, "Hello, we have not met")).toHaveAttribute("data-tick", "Read");
  await expect(rowOf(ana.page, "Kim Jansen")).toBeVisible();
});

test("a group is begun, named, grown and left", async ({ member, api }) => {
  const ana = await member("gana", "Gana Ferreira");
  const ben = await member("gben", "Gben Okafor");
  const dev = await api.join("gdev", "Gdev Patel");
  await api.befriend(ana.person, ben.person);
  await api.befriend(ana.person, dev);
  await open(ana.page, "/messages/new");
  await ana.page.getByRole("searchbox", { name: "Search people" }).fill("gben");
  await ana.page.getByRole("checkbox", { name: /Gben Okafor/ }).first().check();
  await ana.page.getByRole("searchbox", { name: "Search people" }).fill("gdev");
  await ana.page.getByRole("checkbox", { name: /Gdev Patel/ }).first().check();
  await ana.page.getByLabel("Title of the group").fill("Kiln crew");
  await ana.page.getByRole("button", { name: "Begin group" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Kiln crew" })).toBeVisible();
  await expect(log(ana.page)).toContainText("You began this group");
  await say(ana.page, "Saturday at ten?");

  await open(ben.page, "/messages");
  await rowOf(ben.page, "Kiln crew").click();
  await expect(log(ben.page)).toContainText("Saturday at ten?");
  await expect(messageWith(ana.page, "Saturday at ten?")).toContainText("Read by 1");
  await ben.page.getByLabel("More about this conversation").click();
  await ben.page.getByRole("button", { name: "Leave group" }).click();
  await ben.page.getByRole("dialog", { name: "Leave this group?" }).getByRole("button", { name: "Leave" }).click();
  await expect(ben.page).toHaveURL("/messages");
  await expect(log(ana.page)).toContainText("Gben Okafor left");
});

test("what is written offline waits, survives a reload, and is sent when the network is back", async ({ member, api, guard }) => {
  guard.allow(/net::ERR_/, /WebSocket connection to/, /Failed to fetch/, /Failed to load resource/);
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.befriend(ana.person, ben.person);
  const talk = await api.begin(ana.person, [ben.person]);
  await api.say(ana.person, talk, "Before the tunnel");
  await open(ana.page, threadOf(talk));
  await open(ben.page, threadOf(talk));
  // Being offline leaves an open socket alone, and a route for sockets stays once it is there.
  let away = true;
  await ana.page.routeWebSocket(/\/ws/, (socket) => (away ? socket.close() : void socket.connectToServer()));
  await ana.page.context().setOffline(true);
  await say(ana.page, "Written in the tunnel");
  await say(ana.page, "And one more");
  await expect(tickOf(ana.page, "And one more")).toHaveAttribute("data-tick", "Sending");
  await ana.page.context().setOffline(false);
  away = false;
  await open(ana.page, threadOf(talk));
  await expect(messageWith(ana.page, "And one more")).toHaveCount(1, { timeout: 30_000 });
  await expect(tickOf(ana.page, "And one more")).toHaveAttribute("data-tick", /Sent|Delivered|Read/, { timeout: 30_000 });
  await expect(messageWith(ben.page, "And one more")).toHaveCount(1);
  const texts = await log(ben.page).getByRole("listitem").allInnerTexts();
  expect(texts.findIndex((text) => text.includes("tunnel\n") || text.includes("Written in the tunnel"))).toBeLessThan(
    texts.findIndex((text) => text.includes("And one more")),
  );
});

test("three who go on while the server is killed and returns have the same thread", async ({ ownServer, browserOf, guard }) => {
  guard.allow(...SERVER_AWAY, refusal(502), refusal(503));
  const server = await ownServer();
  const api = new Api(server.url);
  const [ana, ben, cleo] = [await api.join("ana"), await api.join("ben"), await api.join("cleo")];
  await api.befriend(ana, ben);
  await api.befriend(ana, cleo);
  const talk = await api.begin(ana, [ben, cleo], "Night shift");
  const pages = [await browserOf(ana, server), await browserOf(ben, server), await browserOf(cleo, server)];
  for (const page of pages) await open(page, threadOf(talk));
  await say(pages[0]!, "Before the power cut");
  for (const page of pages) await expect(messageWith(page, "Before the power cut")).toHaveCount(1);

  await server.kill();
  const said = ["In the dark, one", "In the dark, two", "In the dark, three"];
  for (const [at, text] of said.entries()) {
    await say(pages[at]!, text);
    await expect(tickOf(pages[at]!, text)).toHaveAttribute("data-tick", "Sending");
  }
  await server.resume();
  for (const [at, text] of said.entries()) {
    await expect(tickOf(pages[at]!, text)).toHaveAttribute("data-tick", /Delivered|Read/, { timeout: 60_000 });
  }
  const threads = [];
  for (const page of pages) {
    for (const text of said) await expect(messageWith(page, text)).toHaveCount(1);
    const lines = await log(page).getByRole("listitem").allInnerTexts();
    threads.push(lines.map((line) => said.findIndex((text) => line.includes(text))).filter((at) => at >= 0));
  }
  expect(threads[0]).toHaveLength(said.length);
  expect(threads[1]).toEqual(threads[0]);
  expect(threads[2]).toEqual(threads[0]);
});

test("a draft follows to another device and is gone once sent", async ({ member, api, browserOf }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  const talk = await api.begin(ana.person, [ben]);
  await open(ana.page, threadOf(talk));
  const saved = ana.page.waitForResponse((answer) => answer.url().includes("/sfn/conversations/mine"));
  await box(ana.page).fill("Half a thou");
  await saved;
  const phone = await browserOf(await api.signIn(ana.person));
  await open(phone, threadOf(talk));
  await expect(box(phone)).toHaveValue("Half a thou");
  await say(phone, "Half a thought, whole");
  await expect(log(ana.page)).toContainText("Half a thought, whole");
});

test("the green dot comes and goes", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.befriend(ana.person, ben.person);
  const talk = await api.begin(ana.person, [ben.person]);
  await api.say(ana.person, talk, "Are you there?");
  await open(ana.page, threadOf(talk));
  await open(ben.page, "/");
  const banner = ana.page.getByRole("region", { name: "Conversation", exact: true }).getByRole("banner").or(ana.page.locator("header").filter({ hasText: "Ben Okafor" }));
  await expect(banner.first()).toContainText("Active now");
  await ben.page.close();
  await expect(banner.first()).toContainText(/Last seen/, { timeout: 20_000 });
});

test("what one shows of oneself is switched off, and blocked people are let go again", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const kim = await api.join("kim", "Kim Jansen");
  await api.send("PUT", `/api/blocks/${kim.id}`, ana.person.token).catch(() => undefined);
  await open(ana.page, "/settings");
  const presence = ana.page.getByRole("switch", { name: /When you are here/ });
  await expect(presence).toBeChecked();
  await presence.uncheck();
  await ana.page.getByRole("button", { name: "Save privacy" }).click();
  await expect(ana.page.getByText("Your privacy is saved.")).toBeVisible();
  await ana.page.reload();
  await expect(presence).not.toBeChecked();
});

test("a profile leads to the conversation", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await open(ana.page, `/@${ben.username}`);
  await ana.page.getByRole("button", { name: "Message" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Ben Okafor" })).toBeVisible();
  await ana.page.getByLabel("More about this conversation").click();
  await ana.page.getByRole("button", { name: "Pin" }).click();
  await say(ana.page, "Found you");
  await expect(rowOf(ana.page, "Ben Okafor")).toContainText("Pinned");
});
