// Access tokens in settings: made, shown once, used by a script, revoked.
import { refusal } from "../parts/guard";
import { expect, isScripted, open, test } from "../parts/test";

test("a token is made, shown once, used and revoked @nojs", async ({ member, server }) => {
  const { page } = await member("script");
  await open(page, "/settings");
  await page.getByRole("link", { name: /^Access tokens/ }).click();
  await expect(page.getByRole("heading", { name: "Access tokens" })).toBeVisible();
  await expect(page.getByText("No tokens yet")).toBeVisible();

  await page.getByLabel("What it is for").fill("Weather bot");
  await page.getByRole("checkbox", { name: /^Write/ }).check();
  await page.getByRole("combobox", { name: "Ends after" }).selectOption("90");
  await page.getByRole("button", { name: "Make token" }).click();
  const made = page.getByRole("status", { name: "The new token" });
  await expect(made).toBeInViewport();
  await expect(made).toContainText("“Weather bot” is made.");
  const token = (await made.locator("code").innerText()).trim();
  expect(token).toMatch(/^hub_[0-9a-f]{72}$/);
  const row = page.getByRole("list", { name: "Your tokens" }).getByRole("listitem");
  await expect(row).toContainText("read, write");
  await expect(row).toContainText("Never used");
  await expect(page.getByRole("button", { name: "Copy" })).toBeVisible({ visible: isScripted() });

  const ask = (path: string) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask("/api/feed")).status).toBe(200);
  expect((await ask("/api/conversations")).status).toBe(403);

  await open(page, "/settings/tokens");
  await expect(page.getByText(token)).toHaveCount(0);
  await expect(row).toContainText("Used");
  await page.getByLabel("Revoke Weather bot…").click();
  await page.getByRole("button", { name: "Revoke Weather bot" }).click();
  await expect(page.getByText("No tokens yet")).toBeVisible();
  expect((await ask("/api/feed")).status).toBe(401);
});

test("a token that may do nothing is refused, and what was typed stays @nojs", async ({ member, guard }) => {
  guard.allow(refusal(422));
  const { page } = await member("script");
  await open(page, "/settings/tokens");
  await page.getByLabel("What it is for").fill("Idle bot");
  await page.getByRole("checkbox", { name: /^Read/ }).uncheck();
  await page.getByRole("button", { name: "Make token" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("at least one thing");
  await expect(page.getByLabel("What it is for")).toHaveValue("Idle bot");
  await expect(page.getByText("No tokens yet")).toBeVisible();
});

test("who does not look after the community cannot let a token do so", async ({ member }) => {
  const { page } = await member("script");
  await open(page, "/settings/tokens");
  await expect(page.getByRole("checkbox", { name: /^Read/ })).toBeChecked();
  await expect(page.getByRole("checkbox", { name: /^Look after/ })).toHaveCount(0);
});

test("the page fits a phone", async ({ member }) => {
  const { page } = await member("script");
  await page.setViewportSize({ width: 375, height: 700 });
  await open(page, "/settings/tokens");
  await page.getByLabel("What it is for").fill("A bot with quite a long name that does not fit into one line");
  await page.getByRole("button", { name: "Make token" }).click();
  await expect(page.getByRole("status", { name: "The new token" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
});
