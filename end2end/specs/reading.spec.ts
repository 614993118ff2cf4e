import { placeOf, postWith, settle } from "../parts/feed";
import { refusal } from "../parts/guard";
import { expect, open, pressed, test } from "../parts/test";

test("following somebody fills the Following feed @nojs", async ({ member, api }) => {
  const author = await api.join("followed", "Followed Author");
  await api.post(author, "Only seen by those who look for me");
  const { page } = await member("follower");
  await open(page, "/?feed=following");
  await expect(postWith(page, "Only seen by those who look for me")).toHaveCount(0);
  await open(page, `/@${author.username}`);
  await pressed(page, page.locator("main").getByRole("button", { name: /^Follow / }).first());
  await expect(page.locator("main").getByRole("button", { name: /^Following / }).first()).toBeVisible();
  await open(page, "/");
  await page.getByRole("link", { name: "Following", exact: true }).click();
  await expect(page).toHaveURL("/?feed=following");
  await expect(postWith(page, "Only seen by those who look for me")).toBeVisible();
});

test("a followers-only post is invisible to strangers in every place @nojs", async ({ member, api, browserOf, guard }) => {
  guard.allow(refusal(404));
  const author = await api.join("shy");
  const post = await api.post(author, "Between us #quietword", { audience: "followers" });
  const { page } = await member("stranger");
  for (const path of ["/", "/?feed=following", `/@${author.username}`, "/tags/quietword"]) {
    await open(page, path);
    await expect(page.getByText("Between us"), path).toHaveCount(0);
  }
  await open(page, `/posts/${post.id}`);
  await expect(page.getByText("This post is not here")).toBeVisible();
  await expect(page.getByText("Between us")).toHaveCount(0);

  const friend = await api.join("friend");
  await api.follow(friend, author);
  const theirs = await browserOf(friend);
  await open(theirs, "/?feed=following");
  await expect(postWith(theirs, "Between us")).toBeVisible();
  await expect(postWith(theirs, "Between us").getByText("Only followers see this")).toBeAttached();
});

test("people are found by the start of any of their names @nojs @phone", async ({ member, api }) => {
  await api.join("findme", "Quintessa Applebaum");
  const { page } = await member("seeker");
  await open(page, "/search");
  const box = page.locator("main").getByRole("searchbox");
  await box.fill("appleb");
  await box.press("Enter");
  await expect(page).toHaveURL(/\/search\?q=appleb/);
  await expect(page.getByText("Quintessa Applebaum").first()).toBeVisible();
  await open(page, "/search?q=nobodyiscalledthis");
  await expect(page.getByRole("main").getByText("Quintessa Applebaum")).toHaveCount(0);
});

test("an unknown address says so, with status 404 and a way home @nojs @phone", async ({ member, guard }) => {
  guard.allow(refusal(404));
  const { page } = await member("lost");
  for (const path of ["/no/such/page", "/posts/1", "/@nobody.is.called.this"]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.getByText(/^(There is nothing here|This post is not here|Nobody here is called)/), path).toBeVisible();
  }
  await page.goto("/no/such/page");
  await page.getByRole("link", { name: "Go home" }).click();
  await expect(page).toHaveURL("/");
});

test("older posts follow while one scrolls, and going back returns to the place", async ({ member, api }) => {
  const author = await api.join("many");
  for (let at = 1; at <= 65; at += 1) await api.post(author, `Note ${at} of a long week`);
  const { page } = await member("reader");
  await open(page, `/@${author.username}`);
  const posts = page.getByRole("feed").getByRole("article");
  await expect(posts.first()).toBeVisible();
  const far = postWith(page, "Note 14 of a long week");
  await expect(async () => {
    await page.mouse.wheel(0, 600);
    await expect(far).toBeInViewport({ timeout: 250 });
  }).toPass({ timeout: 30_000 });
  // A press scrolls what is half hidden into sight; it is to be there already when its place is noted.
  await far.scrollIntoViewIfNeeded();
  await settle(page);
  const before = await placeOf(far);
  await far.getByText("Note 14 of a long week").click();
  await expect(page).toHaveURL(/\/posts\//);
  await page.goBack();
  await expect(far).toBeInViewport();
  await expect.poll(async () => Math.abs((await placeOf(far)).y - before.y)).toBeLessThanOrEqual(2);
});

test("older posts are a link away without JavaScript @only-nojs", async ({ member, api }) => {
  const author = await api.join("many");
  for (let at = 1; at <= 25; at += 1) await api.post(author, `Card ${at} of the index`);
  const { page } = await member("reader");
  await page.goto(`/@${author.username}`);
  await expect(page.getByText("Card 25 of the index")).toBeVisible();
  await page.getByRole("link", { name: "Older posts" }).click();
  await expect(page.getByText("Card 1 of the index")).toBeVisible();
});

test("followers and followed are listed @nojs", async ({ member, api }) => {
  const star = await api.join("star", "Star Person");
  const { person, page } = await member("fan", "Fan Person");
  await api.follow(person, star);
  await open(page, `/@${star.username}/followers`);
  await expect(page.locator("main").getByText("Fan Person").first()).toBeVisible();
  await open(page, `/@${person.username}/following`);
  await expect(page.locator("main").getByText("Star Person").first()).toBeVisible();
});
