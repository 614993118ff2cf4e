import { composerOf, expectLikes, likeOf, placeOf, postWith, settle, write } from "../parts/feed";
import { refusal, SERVER_AWAY } from "../parts/guard";
import { Api } from "../parts/people";
import { expect, open, type Page, test } from "../parts/test";

test("a killed server is noticed, and after its return every count is right without a reload", async ({
  ownServer,
  browserOf,
  guard,
}) => {
  guard.allow(...SERVER_AWAY, refusal(502), refusal(503));
  const server = await ownServer();
  const api = new Api(server.url);
  const [ana, ben] = [await api.join("ana"), await api.join("ben")];
  const post = await api.post(ana, "Survives a power cut");
  await api.like(ben, post);
  const page = await browserOf(ana, server);
  await open(page, "/");
  const card = postWith(page, "Survives a power cut");
  await expectLikes(card, 1);
  await page.evaluate(() => ((window as unknown as { same: boolean }).same = true));
  const box = composerOf(page).getByLabel("Text of the post");
  await box.fill("Half a thought, not yet sent");
  await settle(page);
  const before = await placeOf(card);

  await server.kill();
  await expect(page.getByText(/Reconnecting/).filter({ visible: true }).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Retry now" })).toBeVisible();
  await expect(page.getByText(/Reconnecting in \d+ s/)).toBeVisible();
  expect(await placeOf(card)).toEqual(before);

  await server.resume();
  await api.unlike(ben, post);
  await api.like(ana, post);
  await api.like(await api.join("cleo"), post);
  // It may have come back by itself meanwhile: then the button is gone, as it should be.
  await page.getByRole("button", { name: "Retry now" }).click({ timeout: 2_000 }).catch(() => undefined);
  await expect(page.getByRole("button", { name: "Retry now" })).toHaveCount(0, { timeout: 45_000 });
  await expectLikes(card, 2);
  await expect(likeOf(card)).toHaveAttribute("aria-pressed", "true");
  await api.post(ben, "Written after the return");
  await expect(page.getByRole("button", { name: /1 new post/ })).toBeVisible();
  await expect(box).toHaveValue("Half a thought, not yet sent");
  expect(await page.evaluate(() => (window as unknown as { same: boolean }).same)).toBe(true);
});

test("it comes back by itself, without Retry", async ({ ownServer, browserOf, guard }) => {
  guard.allow(...SERVER_AWAY, refusal(503));
  const server = await ownServer();
  const api = new Api(server.url);
  const ana = await api.join("ana");
  const post = await api.post(ana, "Comes back alone");
  const page = await browserOf(ana, server);
  await open(page, "/");
  await server.kill();
  await expect(page.getByRole("button", { name: "Retry now" })).toBeVisible();
  await server.resume();
  await api.like(await api.join("ben"), post);
  await expectLikes(postWith(page, "Comes back alone"), 1);
});

test("what happened while the network was off is there once it is back", async ({ member, api, guard }) => {
  guard.allow(...SERVER_AWAY);
  const { person, page } = await member("offline");
  const post = await api.post(person, "Seen from a train");
  await open(page, "/");
  await page.context().setOffline(true);
  await expect(page.getByRole("button", { name: "Retry now" })).toBeVisible({ timeout: 45_000 });
  await api.like(await api.join("liker"), post);
  await api.edit(person, post, "Seen from a train, edited");
  await page.context().setOffline(false);
  await expect(page.getByRole("button", { name: "Retry now" })).toHaveCount(0);
  await expectLikes(postWith(page, "Seen from a train, edited"), 1);
});

for (const status of [429, 503]) {
  test(`a post refused with ${status} keeps what was typed, and goes out on the second try`, async ({ member, guard }) => {
    guard.allow(refusal(status), ...SERVER_AWAY);
    const { page } = await member("refused");
    await open(page, "/");
    const text = `Refused with ${status} at first`;
    const posting = /\/(sfn|api)\/posts/;
    const code = status === 429 ? "rate_limited" : "unavailable";
    await page.route(posting, (route) =>
      route.request().method() !== "POST"
        ? route.continue()
        : route.fulfill({
            status,
            headers: { "retry-after": "1" },
            contentType: "application/json",
            body: JSON.stringify({ code, message: "Not just now. Try again." }),
          }),
    );
    await write(page, text);
    await expect(page.getByText("Not just now. Try again.").first()).toBeVisible();
    await expect(composerOf(page).getByLabel("Text of the post")).toHaveValue(text);
    await page.unroute(posting);
    await composerOf(page).getByRole("button", { name: "Post", exact: true }).click();
    await expect(postWith(page, text)).toBeVisible();
    await expect(composerOf(page).getByLabel("Text of the post")).toHaveValue("");
  });
}

test("a refused like is taken back and said", async ({ member, api, guard }) => {
  guard.allow(refusal(503));
  const { person, page } = await member("rollback");
  await api.post(person, "Refuse my like");
  await open(page, "/");
  const card = postWith(page, "Refuse my like");
  await page.route(/\/(sfn|api)\/.*like/, (route) =>
    route.fulfill({ status: 503, contentType: "application/json", body: JSON.stringify({ code: "unavailable", message: "Not just now. Try again." }) }),
  );
  await likeOf(card).click();
  const toast = page.getByRole("status").filter({ hasText: "Your like was not saved" });
  await expect(toast).toBeVisible();
  await expect(likeOf(card)).toHaveAttribute("aria-pressed", "false");
  await expectLikes(card, 0);
  await page.unrouteAll();
  await toast.getByRole("button", { name: "Retry" }).click();
  await expectLikes(card, 1);
  await expect(toast).toHaveCount(0);
});

test("a draft survives a reload and a lost tab", async ({ member }) => {
  const { page } = await member("draft");
  await open(page, "/");
  await composerOf(page).getByLabel("Text of the post").fill("Do not lose this");
  await settle(page);
  await open(page, "/");
  await expect(composerOf(page).getByLabel("Text of the post")).toHaveValue("Do not lose this");
});

// The text is typed first; then the whole allowance is used up elsewhere, and Post is pressed before it refills.
test("many posts in a row are slowed with a sentence and nothing is lost @nojs", async ({ ownServer, browserOf, guard }) => {
  guard.allow(refusal(429));
  // Four writes at once, and one more every ten seconds.
  const server = await ownServer({ limitFactor: 0.1 });
  const api = new Api(server.url);
  const person = await api.join("eager");
  const page = await browserOf(person, server);
  await open(page, "/");
  const text = "One post too many";
  const box = composerOf(page).getByLabel("Text of the post");
  await box.fill(text);
  const quick = await Promise.allSettled(Array.from({ length: 12 }, (_, at) => api.post(person, `Quick post number ${at}`)));
  expect(quick.some(({ status }) => status === "rejected"), "the limit was met").toBe(true);
  const post = composerOf(page).getByRole("button", { name: "Post", exact: true });
  await post.click();
  await expect(composerOf(page).getByRole("alert")).toHaveText(/wait|moment|second/i);
  await expect(box).toHaveValue(text);
  await expect(postWith(page, text)).toHaveCount(0);

  await expect(async () => {
    await post.click();
    await expect(postWith(page, text)).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000, intervals: [1_000] });
  await expect(box).toHaveValue("");
  await expect(postWith(page, text)).toHaveCount(1);
});

test("a feed that does not load says so, and Retry brings it", async ({ member, api, guard }) => {
  guard.allow(refusal(503));
  const { person, page } = await member("unlucky");
  await api.post(person, "There all along");
  await open(page, "/settings");
  const feed = /\/sfn\/feed/;
  await page.route(feed, (route) =>
    route.fulfill({
      status: 503,
      headers: { serverfnerror: "true" },
      contentType: "application/json",
      body: JSON.stringify({ code: "unavailable", message: "The server is busy. Try again in a moment." }),
    }),
  );
  await page.getByRole("link", { name: "Home" }).first().click();
  const fault = page.getByRole("main").getByRole("alert");
  await expect(fault).toContainText("The feed did not load");
  await expect(fault).toContainText("The server is busy.");
  await page.unroute(feed);
  await fault.getByRole("button", { name: "Retry" }).click();
  await expect(postWith(page, "There all along").first()).toBeVisible();
});

// Holds back the answer to what is sent to this address, until told to let it go.
async function holdBack(page: Page, address: RegExp): Promise<{ asked: Promise<void>; letGo: () => void }> {
  let letGo = (): void => undefined;
  let noticed = (): void => undefined;
  const released = new Promise<void>((resolve) => (letGo = resolve));
  const asked = new Promise<void>((resolve) => (noticed = resolve));
  await page.route(address, async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    noticed();
    await released;
    return route.continue();
  });
  return { asked, letGo };
}

test("what is typed while a post is on its way stays in the box", async ({ member }) => {
  const { page } = await member("hasty");
  await open(page, "/");
  const box = composerOf(page).getByLabel("Text of the post");
  const first = await holdBack(page, /\/api\/posts$/);
  await write(page, "First thought");
  await first.asked;
  await box.fill("Second thought");
  first.letGo();
  await expect(postWith(page, "First thought")).toBeVisible();
  await settle(page);
  await expect(box).toHaveValue("Second thought");

  // Neither does a reload lose it, nor is it mistaken for the first.
  await open(page, "/");
  await expect(box).toHaveValue("Second thought");
  await page.unrouteAll();
  const second = await holdBack(page, /\/api\/posts$/);
  await composerOf(page).getByRole("button", { name: "Post", exact: true }).click();
  await second.asked;
  await box.press("End");
  await box.pressSequentially(", and a third");
  second.letGo();
  await expect(postWith(page, "Second thought")).toBeVisible();
  await settle(page);
  await expect(box).toHaveValue(", and a third");
});

test("what is typed while a comment is on its way stays in the box", async ({ member, api }) => {
  const { person, page } = await member("hasty");
  const post = await api.post(person, "Say what you think");
  const comment = await api.comment(person, post, "Answer me");
  await open(page, `/posts/${post.id}`);
  const box = page.getByLabel("Your comment");
  const first = await holdBack(page, /\/sfn\/comments/);
  await box.fill("First remark");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await first.asked;
  await box.fill("Second remark");
  first.letGo();
  await expect(page.locator("#comments").getByText("First remark", { exact: true })).toBeVisible();
  await settle(page);
  await expect(box).toHaveValue("Second remark");
  await page.unrouteAll();

  await page.locator(`#comment-${comment.id}`).getByRole("link", { name: "Reply" }).click();
  const reply = page.getByLabel("Your reply");
  const second = await holdBack(page, /\/sfn\/comments/);
  await reply.fill("First reply");
  await page.getByRole("button", { name: "Reply", exact: true }).last().click();
  await second.asked;
  await reply.fill("Second reply");
  second.letGo();
  await expect(page.locator("#comments").getByText("First reply", { exact: true })).toBeVisible();
  await settle(page);
  await expect(reply).toHaveValue("Second reply");
});
