import { expectLikes, postWith } from "../parts/feed";
import { expect, open, test } from "../parts/test";

test("the feed is read, liked and commented with keys alone", async ({ member, api }) => {
  const { person, page } = await member("keys");
  await api.post(person, "Second from the top");
  await api.post(person, "First from the top");
  await open(page, "/");
  await page.keyboard.press("j");
  await expect(postWith(page, "First from the top")).toBeFocused();
  await page.keyboard.press("j");
  await expect(postWith(page, "Second from the top")).toBeFocused();
  await page.keyboard.press("k");
  await expect(postWith(page, "First from the top")).toBeFocused();
  await page.keyboard.press("l");
  await expectLikes(postWith(page, "First from the top"), 1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/posts\//);
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await expect(page).toHaveURL("/");
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search" }).first()).toBeFocused();
  await page.keyboard.type("jkl?");
  await expect(page.getByRole("searchbox", { name: "Search" }).first()).toHaveValue("jkl?");
});

test("? shows all shortcuts, Esc closes and focus returns", async ({ member }) => {
  const { page } = await member("keys");
  await open(page, "/");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeHidden();
});

test("n opens the composer, ctrl and Enter sends", async ({ member }) => {
  const { page } = await member("keys");
  await open(page, "/");
  await page.keyboard.press("n");
  const box = page.getByLabel("Text of the post").filter({ visible: true }).first();
  await expect(box).toBeFocused();
  await page.keyboard.type("Written without a mouse");
  await page.keyboard.press("Control+Enter");
  await expect(postWith(page, "Written without a mouse")).toBeVisible();
});

test("the first Tab offers to skip to the content @nojs", async ({ member }) => {
  const { page } = await member("keys");
  await open(page, "/");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#/);
});
