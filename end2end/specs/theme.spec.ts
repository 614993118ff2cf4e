import { expect, open, type Page, test } from "../parts/test";

const ground = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test("a chosen theme is kept and stands from the first byte on @nojs", async ({ member }) => {
  const { page } = await member("theme");
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "/settings");
  const light = await ground(page);
  await page.getByRole("radio", { name: "Dark" }).check({ force: true });
  const save = page.getByRole("button", { name: "Save appearance" });
  if (await save.isVisible()) await save.click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect.poll(() => ground(page)).not.toBe(light);
  // The page as it is sent is dark already: nothing flashes before scripts run.
  await expect
    .poll(async () => (await (await page.request.get("/")).text()).match(/<html[^>]*data-theme="([a-z]+)"/)?.[1])
    .toBe("dark");
});

test("without a choice the system's theme counts @nojs", async ({ member }) => {
  const { page } = await member("theme");
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "/");
  const light = await ground(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => ground(page)).not.toBe(light);
});
