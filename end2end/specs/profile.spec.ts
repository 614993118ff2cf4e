import { placeOf } from "../parts/feed";
import { refusal } from "../parts/guard";
import { Api } from "../parts/people";
import { colourOf, picture, twoHalves } from "../parts/pictures";
import { awake, expect, open, test } from "../parts/test";

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

test("two buttons for one person say the same", async ({ ownServer, browserOf }) => {
  const server = await ownServer();
  const api = new Api(server.url);
  const [reader, other] = [await api.join("reader"), await api.join("other", "Other Person")];
  const page = await browserOf(reader, server);
  await open(page, `/@${other.username}`);
  const main = page.getByRole("main");
  const aside = page.getByRole("complementary");
  await expect(aside.getByRole("button", { name: "Follow Other Person" })).toBeVisible();
  await main.getByRole("button", { name: "Follow Other Person" }).click();
  await expect(main.getByRole("button", { name: "Following Other Person" })).toBeVisible();
  await expect(aside.getByRole("button", { name: "Following Other Person" })).toBeVisible();
  await expect(main.getByText("1 follower")).toBeVisible();
  await aside.getByRole("button", { name: "Following Other Person" }).click();
  await expect(main.getByRole("button", { name: "Follow Other Person" })).toBeVisible();
  await expect(main.getByText("0 followers")).toBeVisible();
});

test("the square of a picture is chosen with the keyboard or by dragging", async ({ member }) => {
  const { page } = await member("crop");
  const choose = () =>
    page.locator("input[type=file]").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: twoHalves(400, 200) });
  const save = async () => {
    await page.getByRole("button", { name: "Save picture" }).click();
    await expect(page.getByText("Your picture is saved.")).toBeVisible();
    return colourOf(page.locator("main img[src^='/media/images/']").first());
  };
  await open(page, "/settings");
  await choose();
  const frame = page.getByRole("application", { name: /arrow keys/ });
  await frame.focus();
  for (let press = 0; press < 30; press += 1) await frame.press("ArrowRight");
  expect(await save(), "the arrow went to the right half").toBe("blue");

  await awake(page);
  await choose();
  const place = await placeOf(frame);
  const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + place.width, y, { steps: 4 });
  await page.mouse.up();
  expect(await save(), "the picture was pulled to the right, so its left half shows").toBe("red");

  await awake(page);
  await choose();
  await page.getByLabel("Zoom").fill("3");
  await expect(frame.locator("img")).toHaveCSS("width", `${place.width * 6}px`);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(frame).toHaveCount(0);
});
