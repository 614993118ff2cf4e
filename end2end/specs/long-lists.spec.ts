import type { Page } from "@playwright/test";
import { placeOf, postWith, settle } from "../parts/feed";
import { log, threadOf } from "../parts/messages";
import { expect, open, test } from "../parts/test";

// Scrolls by wheel until something is so.
async function wheel(page: Page, by: number, until: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await page.mouse.wheel(0, by);
    await until();
  }).toPass({ timeout: 60_000, intervals: [100] });
}

// Waits until the window does not scroll any more.
async function stands(page: Page): Promise<void> {
  let last = -1;
  await expect(async () => {
    const now = await page.evaluate(() => window.scrollY);
    const stood = now === last;
    last = now;
    expect(stood).toBe(true);
  }).toPass({ intervals: [150] });
  await settle(page);
}

test("posts that are far away go, and are where they were when one is back", async ({ member, api }) => {
  const author = await api.join("many");
  for (let at = 80; at >= 1; at -= 1) await api.post(author, `Card ${at} of the long index`);
  const { page } = await member("reader");
  await open(page, `/@${author.username}`);
  const posts = page.getByRole("feed").getByRole("article");
  const fiftieth = postWith(page, "Card 50 of the long index");
  await page.mouse.move(400, 400);
  await wheel(page, 400, () => expect(fiftieth).toBeInViewport({ ratio: 1, timeout: 100 }));
  await stands(page);
  const [from, before] = [await page.evaluate(() => window.scrollY), await placeOf(fiftieth)];
  await wheel(page, 1_000, () => expect(page.getByText("That is everything so far.")).toBeInViewport({ timeout: 250 }));
  await expect.poll(() => posts.count()).toBeLessThanOrEqual(60);
  await expect(posts.last()).toHaveAttribute("aria-posinset", "80");
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect(postWith(page, "Card 1 of the long index")).toBeVisible();
  await expect(posts.first()).toHaveAttribute("aria-posinset", "1");
  await expect(postWith(page, "Card 75 of the long index")).toHaveCount(0);
  // Everything above it is empty now, or was in between.
  await page.evaluate((top) => window.scrollTo(0, top), from);
  await expect(fiftieth).toBeInViewport();
  await stands(page);
  expect(Math.abs((await placeOf(fiftieth)).y - before.y)).toBeLessThanOrEqual(1);
});

test("the next post by key is the next one, however far one has looked away", async ({ member, api }) => {
  const author = await api.join("many");
  for (let at = 80; at >= 1; at -= 1) await api.post(author, `Card ${at} of the long index`);
  const { page } = await member("reader");
  await open(page, `/@${author.username}`);
  for (let at = 1; at <= 20; at += 1) {
    await page.keyboard.press("j");
    await expect(postWith(page, `Card ${at} of the long index`)).toBeFocused();
  }
  await page.mouse.move(400, 400);
  await wheel(page, 1_000, () => expect(page.getByText("That is everything so far.")).toBeInViewport({ timeout: 250 }));
  await stands(page);
  await expect(postWith(page, "Card 42 of the long index")).toHaveCount(0);
  await page.keyboard.press("j");
  await expect(postWith(page, "Card 21 of the long index")).toBeFocused();
  await expect(postWith(page, "Card 21 of the long index")).toBeInViewport();
});

test("a quote leads to its message though it is far away", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.befriend(ana.person, ben);
  const talk = await api.begin(ana.person, [ben]);
  for (let at = 1; at <= 45; at += 1) await api.say(at % 2 ? ben : ana.person, talk, `Line ${at} before it`);
  const asked = await api.say(ben, talk, "Which glaze is on the third shelf?");
  for (let at = 1; at <= 120; at += 1) await api.say(at % 2 ? ben : ana.person, talk, `Line ${at} of a long evening`);
  await api.say(ben, talk, "The blue one", { reply_to: asked.message_id });
  const { page } = ana;
  await open(page, threadOf(talk));
  await page.mouse.move(800, 400);
  const first = page.locator(`#message-${asked.message_id}`);
  await wheel(page, -600, () => expect(first).toBeInViewport({ timeout: 250 }));
  const quote = log(page).getByRole("link", { name: "Replies to Ben Okafor: Which glaze is on the third shelf?" });
  await wheel(page, 1_000, () => expect(quote).toBeInViewport({ ratio: 1, timeout: 250 }));
  await expect(first).toHaveCount(0);
  await quote.click();
  await expect(first).toBeInViewport();
  await expect(first).toContainText("Which glaze is on the third shelf?");
});
