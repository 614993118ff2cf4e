import { refusal } from "../parts/guard";
import { expect, open, test } from "../parts/test";
import { picture } from "../parts/pictures";

test("name and bio are changed and seen by others @nojs", async ({ member, api, browserOf }) => {
  const { person, page } = await member("prof");
  await open(page, "/settings");
  await page.getByLabel("Name", { exact: true }).fill("Ana F. Ferreira");
  await page.getByLabel("About you").fill("Celadon, patience and #tea");
  await page.getByRole("button", { name: "Save profile" }).click();
  await expect(page.getByText("Your profile is saved.")).toBeVisible();

  const reader = await browserOf(await api.join("reader"));
  await open(reader, `/@${person.username}`);
  await expect(reader.getByRole("heading", { name: "Ana F. Ferreira" })).toBeVisible();
  await expect(reader.getByRole("main").getByText("Celadon, patience and")).toBeVisible();
});

test("a bio that is too long is refused and kept @nojs", async ({ member, guard }) => {
  guard.allow(refusal(422));
  const { page } = await member("prof");
  await open(page, "/settings");
  const bio = page.getByLabel("About you");
  await bio.evaluate((box) => box.removeAttribute("maxlength"));
  await bio.fill("clay ".repeat(80));
  await page.getByRole("button", { name: "Save profile" }).click();
  await expect(bio).toHaveAccessibleDescription(/too long/);
  await expect(bio).toHaveValue(/^clay clay/);
});

test("a picture becomes a round face everywhere, and can be taken away again @nojs", async ({ member }) => {
  const { person, page } = await member("face");
  await open(page, "/settings");
  await page.locator("input[type=file]").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: picture(300, 200) });
  await page.getByRole("button", { name: "Save picture" }).click();
  await expect(page.getByText("Your picture is saved.")).toBeVisible();
  const face = page.locator("main img[src^='/media/images/']").first();
  await expect(face).toBeVisible();
  await expect.poll(() => face.evaluate((img: HTMLImageElement) => [img.naturalWidth, img.naturalHeight])).toEqual([256, 256]);

  await open(page, `/@${person.username}`);
  await expect(page.locator("main img[src^='/media/images/']").first()).toBeVisible();

  await open(page, "/settings");
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.locator("main img[src^='/media/images/']")).toHaveCount(0);
});

test("a file that is no picture is refused with a sentence @nojs", async ({ member, guard }) => {
  guard.allow(refusal(415), refusal(422));
  const { page } = await member("face");
  await open(page, "/settings");
  const file = { name: "me.png", mimeType: "image/png", buffer: Buffer.from("<svg onload=alert(1)>") };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Save picture" }).click();
  await expect(page.locator("main").getByRole("alert")).toBeVisible();
});
