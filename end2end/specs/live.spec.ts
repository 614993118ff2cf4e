import { expectComments, expectLikes, likeOf, pill, placeOf, postWith, settle, write } from "../parts/feed";
import { expect, open, test } from "../parts/test";

test("two readers see each other's likes, comments, edits and deletions without a reload", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  const post = await api.post(ana.person, "The celadon is out of the kiln");
  await open(ana.page, "/");
  await open(ben.page, "/");
  const [hers, his] = [ana.page, ben.page].map((page) => postWith(page, "The celadon is out of the kiln"));

  await likeOf(his!).click();
  await expectLikes(hers!, 1);
  await expect(likeOf(hers!)).toHaveAttribute("aria-pressed", "false");
  await likeOf(hers!).click();
  await expectLikes(his!, 2);
  await likeOf(his!).click();
  await expectLikes(hers!, 1);

  await api.comment(ben.person, post, "That green!");
  await expectComments(hers!, 1);

  await open(ben.page, `/posts/${post.id}`);
  await api.comment(ana.person, post, "It took a month");
  await expect(ben.page.getByText("It took a month")).toBeVisible();

  await api.edit(ana.person, post, "The celadon is out of the kiln, all of it");
  await expect(ben.page.getByText("out of the kiln, all of it")).toBeVisible();

  const third = await member("cleo");
  await open(third.page, "/");
  await expect(postWith(third.page, "all of it")).toBeVisible();
  await api.delete(ana.person, post);
  await expect(postWith(third.page, "all of it")).toHaveCount(0);
});

test("a like shows in the same person's other tab", async ({ member, api }) => {
  const { person, page } = await member("twotabs");
  await api.post(person, "Seen from two tabs");
  await open(page, "/");
  const second = await page.context().newPage();
  await open(second, "/");
  await likeOf(postWith(page, "Seen from two tabs")).click();
  await expect(likeOf(postWith(second, "Seen from two tabs"))).toHaveAttribute("aria-pressed", "true");
  await expectLikes(postWith(second, "Seen from two tabs"), 1);
});

test("new posts wait in a pill, and nothing being read moves", async ({ member, api }) => {
  const author = await api.join("busy");
  const old = await api.post(author, "The one being read");
  for (let at = 0; at < 12; at += 1) await api.post(author, `Filler ${at}`);
  const { page } = await member("reader");
  await open(page, "/");
  const reading = postWith(page, "The one being read");
  await reading.scrollIntoViewIfNeeded();
  await settle(page);
  const before = { place: await placeOf(reading), scrolled: await page.evaluate(() => window.scrollY) };

  await api.post(author, "News above");
  await api.post(author, "More news above");
  for (const name of ["c1", "c2"]) await api.like(await api.join(name), old);
  await api.comment(author, old, "And talk below");
  await expect(pill(page)).toHaveText(/2 new posts/);
  await expectLikes(reading, 2);
  await expectComments(reading, 1);
  await settle(page);
  expect(await placeOf(reading)).toEqual(before.place);
  expect(await page.evaluate(() => window.scrollY)).toBe(before.scrolled);
  await expect(postWith(page, "News above")).toHaveCount(0);

  await pill(page).click();
  await expect(postWith(page, "More news above")).toBeInViewport();
  await expect(pill(page)).toHaveCount(0);
});

test("one's own post stands at the top at once", async ({ member }) => {
  const { page } = await member("own");
  await open(page, "/");
  await write(page, "Mine, at the top");
  await expect(page.getByRole("feed").getByRole("article").first()).toContainText("Mine, at the top");
  await expect(pill(page)).toHaveCount(0);
});

test("what a hundred readers do moves nothing @phone", async ({ member, api }) => {
  const author = await api.join("calm");
  const post = await api.post(author, "A calm place to read");
  const others = await Promise.all(Array.from({ length: 10 }, (_, at) => api.join(`crowd${at}`)));
  const { page } = await member("reader");
  await open(page, `/posts/${post.id}`);
  const text = page.getByText("A calm place to read").first();
  const shifts = () =>
    page.evaluate(
      () => (window as unknown as { shifts: { value: number }[] }).shifts.reduce((sum, shift) => sum + shift.value, 0),
    );
  await page.evaluate(() => {
    const seen: { value: number }[] = [];
    (window as unknown as { shifts: unknown }).shifts = seen;
    new PerformanceObserver((list) => seen.push(...(list.getEntries() as unknown as { value: number }[]))).observe({
      type: "layout-shift",
    });
  });
  const before = await placeOf(text);
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(others.map((one) => (round % 2 === 0 ? api.like(one, post) : api.unlike(one, post))));
  }
  await expectLikes(page.getByRole("article").first(), 10);
  expect(await placeOf(text)).toEqual(before);
  expect(await shifts()).toBe(0);
});

test("a follower's feed is live too, and strangers are told nothing", async ({ member, api }) => {
  const author = await api.join("shy");
  const friend = await member("friend");
  await api.follow(friend.person, author);
  const stranger = await member("stranger");
  await open(friend.page, "/?feed=following");
  await open(stranger.page, "/");
  const frames: string[] = [];
  stranger.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(payload.toString())));
  await open(stranger.page, "/");
  await api.post(author, "For friends only, live", { audience: "followers" });
  await expect(pill(friend.page).or(postWith(friend.page, "For friends only, live")).first()).toBeVisible();
  await api.post(author, "For everyone, live");
  await expect(pill(stranger.page)).toHaveText(/1 new post/);
  expect(frames.join("\n")).not.toContain("For friends only");
});
