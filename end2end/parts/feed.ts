// What a reader does with posts and comments, found by role and name.
import { expect, type Locator, type Page } from "@playwright/test";

export const postWith = (page: Page, text: string): Locator => page.getByRole("article").filter({ hasText: text });

export const likeOf = (place: Locator): Locator => place.getByRole("button", { name: /^Like/ }).first();

export const commentsOf = (post: Locator): Locator => post.getByRole("link", { name: /^Comment/ });

export const likesSaid = (count: number): string =>
  count === 0 ? "Like" : count === 1 ? "Like, 1 like" : `Like, ${count} likes`;

export const commentsSaid = (count: number): string =>
  count === 0 ? "Comment" : count === 1 ? "Comment, 1 comment" : `Comment, ${count} comments`;

export async function expectLikes(place: Locator, count: number): Promise<void> {
  await expect(likeOf(place)).toHaveAccessibleName(likesSaid(count));
}

export async function expectComments(post: Locator, count: number): Promise<void> {
  await expect(commentsOf(post)).toHaveAccessibleName(commentsSaid(count));
}

export const composerOf = (page: Page): Locator => page.getByRole("region", { name: "New post" });

export async function write(page: Page, text: string): Promise<void> {
  const composer = composerOf(page);
  await composer.getByLabel("Text of the post").fill(text);
  await composer.getByRole("button", { name: "Post", exact: true }).click();
}

// Opens the menu of a post or comment and takes an entry.
export async function choose(place: Locator, entry: string): Promise<void> {
  await place.getByLabel(/^More about this/).first().click();
  const found = place.getByRole("button", { name: entry, exact: true }).or(place.getByRole("link", { name: entry, exact: true }));
  await found.first().click();
}

export const pill = (page: Page): Locator => page.getByRole("button", { name: /new posts?$/ });

// Where an element stands in the window, in pixels.
export async function placeOf(element: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await element.boundingBox();
  if (!box) throw new Error("The element is not on the page.");
  return box;
}

// Waits until two frames were drawn: what was to move has moved.
export async function settle(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(undefined)))),
  );
}
