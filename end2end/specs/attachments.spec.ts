// Pictures, files and voice messages: picked, pasted, dropped, recorded; sent once, shown to the other side, played.
import AxeBuilder from "@axe-core/playwright";
import { refusal, SERVER_AWAY } from "../parts/guard";
import { settle } from "../parts/feed";
import { box, log, messageWith, rowOf, say, threadOf } from "../parts/messages";
import { type Conversation, Api, type Person } from "../parts/people";
import { colourOf, picture, twoHalves } from "../parts/pictures";
import { expect, type Locator, open, type Page, test } from "../parts/test";

test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...fake] });
  },
});

interface File {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const photo: File = { name: "vases.png", mimeType: "image/png", buffer: twoHalves(640, 400) };
const plan: File = { name: "plan for the kiln.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n" + "x".repeat(3_000)) };
interface Pair {
  ana: { person: Person; page: Page };
  ben: { person: Person; page: Page };
  talk: Conversation;
}

type Member = (stem?: string, fullName?: string) => Promise<{ person: Person; page: Page }>;

async function pair(member: Member, api: Api): Promise<Pair> {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.befriend(ana.person, ben.person);
  const talk = await api.begin(ana.person, [ben.person]);
  await api.say(ana.person, talk, "Look at this");
  await open(ana.page, threadOf(talk));
  await open(ben.page, threadOf(talk));
  return { ana, ben, talk };
}

const pick = (page: Page, ...files: File[]): Promise<void> => page.getByLabel("Add files").setInputFiles(files);

const strip = (page: Page): Locator => page.getByRole("list", { name: "Files to send" });

const send = (page: Page): Promise<void> => page.getByRole("button", { name: "Send", exact: true }).click();

// The server encodes pictures anew, and their endings follow.
const PHOTO = /^Open picture vases\.\w+$/;

const pictureOf = (page: Page): Locator => log(page).getByRole("link", { name: PHOTO });

// A transfer of files, as the browser hands one over; `handle` is the event's own argument.
const transfer = (page: Page, file: File) =>
  page.evaluateHandle(
    ({ name, mimeType, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      return data;
    },
    { ...file, bytes: [...file.buffer] },
  );

// Holds back uploads until they are let go.
async function holdUploads(page: Page): Promise<() => void> {
  let letGo = () => {};
  const held = new Promise<void>((done) => (letGo = done));
  await page.route("**/api/attachments", async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  return letGo;
}

test("a picture with a text reaches the other side and opens whole @phone", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  await pick(ana.page, photo);
  await expect(strip(ana.page).getByRole("img", { name: "vases.png" })).toBeVisible();
  await box(ana.page).fill("The tall one is mine");
  await send(ana.page);
  await expect(strip(ana.page)).toHaveCount(0);
  await expect(box(ana.page)).toHaveValue("");
  await expect(messageWith(ben.page, "The tall one is mine").getByRole("link", { name: PHOTO })).toBeVisible();
  await expect(messageWith(ana.page, "The tall one is mine").locator("[data-tick]")).toHaveAttribute("data-tick", /Sent|Delivered|Read/);
  expect(await colourOf(pictureOf(ben.page).getByRole("img"))).toBe("mixed");

  await pictureOf(ben.page).click();
  const whole = ben.page.getByRole("dialog", { name: "Picture" });
  await expect(whole.getByRole("img", { name: "The tall one is mine" })).toBeVisible();
  await expect(whole.getByRole("link", { name: "Save the picture" })).toHaveAttribute("download", /^vases\.\w+$/);
  await ben.page.keyboard.press("Escape");
  await expect(whole).toHaveCount(0);
});

test("the place of a picture is kept before it has loaded", async ({ member, api }) => {
  const { ana, ben, talk } = await pair(member, api);
  await pick(ana.page, photo);
  await send(ana.page);
  await expect(pictureOf(ben.page)).toBeVisible();
  let letGo = () => {};
  const held = new Promise<void>((done) => (letGo = done));
  await ben.page.route("**/media/attachments/*", async (route) => {
    await held;
    await route.continue();
  });
  await open(ben.page, threadOf(talk));
  const before = await pictureOf(ben.page).boundingBox();
  letGo();
  await pictureOf(ben.page).getByRole("img").evaluate((image: HTMLImageElement) => image.decode());
  expect(await pictureOf(ben.page).boundingBox()).toEqual(before);
  expect(before!.height).toBeGreaterThan(150);
});

test("a file is saved under its name, and both lists say what came", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  await pick(ana.page, plan);
  await expect(strip(ana.page)).toContainText("kiln.pdf");
  await send(ana.page);
  const file = log(ben.page).getByRole("link", { name: "Save file plan for the kiln.pdf, 3 KB" });
  await expect(file).toBeVisible();
  const [saved] = await Promise.all([ben.page.waitForEvent("download"), file.click()]);
  expect(saved.suggestedFilename()).toBe("plan for the kiln.pdf");
  if (ben.page.viewportSize()!.width > 960) await expect(rowOf(ben.page, "Ana Ferreira")).toContainText("File: plan for the kiln.pdf");
});

test("several files go one after the other, and the text with the first", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  await pick(ana.page, photo, plan, { ...photo, name: "again.png" });
  await expect(strip(ana.page).getByRole("listitem")).toHaveCount(3);
  await strip(ana.page).getByRole("button", { name: "Take out again.png" }).click();
  await box(ana.page).fill("Two things");
  await box(ana.page).press("Enter");
  await say(ana.page, "And that is all");
  await expect(messageWith(ben.page, "And that is all")).toBeVisible();
  const lines = log(ben.page).getByRole("listitem").filter({ has: ben.page.locator("[data-end-of]") });
  await expect(lines).toHaveCount(4);
  await expect(lines.nth(1)).toContainText("Two things");
  await expect(lines.nth(1).getByRole("link", { name: PHOTO })).toBeVisible();
  await expect(lines.nth(2).getByRole("link", { name: /Save file/ })).toBeVisible();
  await expect(log(ben.page).getByRole("link", { name: /again/ })).toHaveCount(0);
});

test("a picture is pasted", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  const data = await transfer(ana.page, photo);
  await box(ana.page).focus();
  await box(ana.page).evaluate(
    (area, clipboardData) => area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })),
    data,
  );
  await expect(strip(ana.page).getByRole("img", { name: "vases.png" })).toBeVisible();
  await box(ana.page).press("Enter");
  await expect(pictureOf(ben.page)).toBeVisible();
});

test("a file is dropped anywhere on the thread", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  const dataTransfer = await transfer(ana.page, plan);
  await log(ana.page).dispatchEvent("dragover", { dataTransfer });
  await expect(ana.page.getByText("Drop to add")).toBeVisible();
  await log(ana.page).dispatchEvent("drop", { dataTransfer });
  await expect(ana.page.getByText("Drop to add")).toHaveCount(0);
  await expect(strip(ana.page)).toContainText("kiln.pdf");
  await send(ana.page);
  await expect(log(ben.page).getByRole("link", { name: /Save file plan for the kiln/ })).toBeVisible();
});

test("an upload shows its progress and is cancelled", async ({ member, api, guard }) => {
  guard.allow(/net::ERR_/);
  const { ana, ben } = await pair(member, api);
  const letGo = await holdUploads(ana.page);
  await pick(ana.page, photo);
  await box(ana.page).fill("Not this one");
  await send(ana.page);
  await say(ana.page, "After it");
  await expect(log(ana.page).getByRole("progressbar", { name: "Sending vases.png" })).toBeAttached();
  await expect(log(ana.page)).toContainText("Waiting for its turn");
  await log(ana.page).getByRole("button", { name: "Cancel sending vases.png" }).click();
  await expect(log(ana.page)).not.toContainText("Not this one");
  letGo();
  await expect(messageWith(ben.page, "After it")).toBeVisible();
  await expect(pictureOf(ben.page)).toHaveCount(0);
});

test("a file sent offline survives a reload and is sent once", async ({ member, api, guard }) => {
  guard.allow(...SERVER_AWAY, /Failed to load resource/);
  const { ana, ben, talk } = await pair(member, api);
  let away = true;
  await ana.page.routeWebSocket(/\/ws/, (socket) => (away ? socket.close() : void socket.connectToServer()));
  await ana.page.context().setOffline(true);
  await pick(ana.page, photo);
  await box(ana.page).fill("From the tunnel");
  await send(ana.page);
  await expect(log(ana.page).getByRole("button", { name: "Cancel sending vases.png" })).toBeVisible();
  await expect(messageWith(ana.page, "From the tunnel")).toBeVisible();
  await settle(ana.page);
  away = false;
  await ana.page.context().setOffline(false);
  await open(ana.page, threadOf(talk));
  await expect(messageWith(ben.page, "From the tunnel").getByRole("link", { name: PHOTO })).toBeVisible({ timeout: 30_000 });
  await expect(messageWith(ana.page, "From the tunnel").locator("[data-tick]")).toHaveAttribute("data-tick", /Sent|Delivered|Read/);
  await expect(pictureOf(ben.page)).toHaveCount(1);
  expect(await colourOf(pictureOf(ben.page).getByRole("img"))).toBe("mixed");
});

test("a server that is away is asked again, and what it has is not sent twice", async ({ member, api, guard }) => {
  guard.allow(...SERVER_AWAY, refusal(503));
  const { ana, ben } = await pair(member, api);
  let asked = 0;
  await ana.page.route("**/api/attachments", async (route) => {
    asked += 1;
    // The first is refused; of the second the answer is lost on the way.
    if (asked === 1) return route.fulfill({ status: 503, body: "" });
    if (asked === 2) {
      await route.fetch();
      return route.abort();
    }
    return route.continue();
  });
  await pick(ana.page, plan);
  await send(ana.page);
  await expect(log(ben.page).getByRole("link", { name: /Save file plan for the kiln/ })).toBeVisible({ timeout: 30_000 });
  await expect(log(ben.page).getByRole("link", { name: /Save file/ })).toHaveCount(1);
  expect(asked).toBe(3);
});

test("what is too large is named and keeps the text, and a refusal says why @phone", async ({ member, api, guard }) => {
  guard.allow(refusal(415), refusal(422));
  const { ana } = await pair(member, api);
  await box(ana.page).fill("My long text");
  // Made in the page: it is not to be carried there.
  const dataTransfer = await ana.page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(26 * 1024 * 1024)], "everything.zip"));
    data.items.add(new File(["short"], "short.txt"));
    return data;
  });
  await log(ana.page).dispatchEvent("drop", { dataTransfer });
  await expect(ana.page.getByRole("alert")).toContainText("“everything.zip” is too large: a file may have at most 25 MB.");
  await expect(strip(ana.page).getByRole("listitem")).toHaveCount(1);
  await expect(box(ana.page)).toHaveValue("My long text");

  await ana.page.route("**/api/attachments", (route) =>
    route.fulfill({ status: 415, contentType: "application/json", body: JSON.stringify({ code: "unsupported_media", message: "Not this kind." }) }),
  );
  await send(ana.page);
  const message = messageWith(ana.page, "My long text");
  await expect(message.getByRole("alert")).toContainText("Not sent. Not this kind.");
  await message.getByRole("button", { name: "Delete" }).click();
  await expect(message).toHaveCount(0);
});

test("a voice message is recorded, received and played @phone", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  await ana.page.getByRole("button", { name: "Record a voice message" }).click();
  const bar = ana.page.getByRole("group", { name: "Voice message" }).filter({ has: ana.page.getByRole("timer") });
  await expect(bar.getByRole("timer")).toHaveText("0:02");
  await bar.getByRole("button", { name: "Send voice message" }).click();
  await expect(bar).toHaveCount(0);
  await expect(box(ana.page)).toBeVisible();

  const voice = log(ben.page).getByRole("group", { name: "Voice message" });
  await expect(voice).toBeVisible();
  const position = voice.getByRole("slider", { name: "Position" });
  await expect(position).toHaveAttribute("aria-valuetext", /^0:00 of 0:0[23]$/);
  await voice.getByRole("button", { name: "Speed 1×" }).click();
  await expect(voice.getByRole("button", { name: "Speed 1.5×" })).toBeVisible();
  await voice.getByRole("button", { name: "Play voice message" }).click();
  await expect(voice.getByRole("button", { name: "Pause" })).toBeVisible();
  const sound = voice.locator("audio");
  await expect.poll(() => sound.evaluate((audio: HTMLAudioElement) => audio.currentTime)).toBeGreaterThan(0.1);
  expect(await sound.evaluate((audio: HTMLAudioElement) => audio.playbackRate)).toBe(1.5);
  // Played to its end it stands at its beginning again.
  await expect(voice.getByRole("button", { name: "Play voice message" })).toBeVisible();

  await position.focus();
  await ben.page.keyboard.press("End");
  await expect(position).toHaveAttribute("aria-valuetext", /^0:0[23] of 0:0[23]$/);
  await ben.page.keyboard.press("Home");
  await expect(position).toHaveAttribute("aria-valuetext", /^0:00/);
  await ben.page.keyboard.press("Space");
  await expect(voice.getByRole("button", { name: "Pause" })).toBeVisible();
  if (ana.page.viewportSize()!.width > 960) await expect(rowOf(ana.page, "Ben Okafor")).toContainText(/You: Voice message · 0:0[23]/);
});

test("only one voice message plays at a time", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  for (let at = 0; at < 2; at += 1) {
    await ana.page.getByRole("button", { name: "Record a voice message" }).click();
    await expect(ana.page.getByRole("timer")).toHaveText("0:02");
    await ana.page.keyboard.press("Enter");
    await expect(log(ben.page).getByRole("group", { name: "Voice message" })).toHaveCount(at + 1);
  }
  const [first, second] = [0, 1].map((at) => log(ben.page).getByRole("group", { name: "Voice message" }).nth(at));
  await first!.getByRole("button", { name: "Play voice message" }).click();
  await second!.getByRole("button", { name: "Play voice message" }).click();
  await expect(second!.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(first!.getByRole("button", { name: "Play voice message" })).toBeVisible();
  expect(await first!.locator("audio").evaluate((audio: HTMLAudioElement) => audio.paused)).toBe(true);
});

test("a recording is cancelled, and leaving the page lets the microphone go", async ({ member, api }) => {
  const { ana } = await pair(member, api);
  await ana.page.evaluate(() => {
    const tracks: MediaStreamTrack[] = [];
    Object.assign(window, { tracks });
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      tracks.push(...stream.getTracks());
      return stream;
    };
  });
  const states = () => ana.page.evaluate(() => (window as unknown as { tracks: MediaStreamTrack[] }).tracks.map((track) => track.readyState));
  await ana.page.getByRole("button", { name: "Record a voice message" }).click();
  await expect(ana.page.getByRole("timer")).toBeVisible();
  await ana.page.keyboard.press("Escape");
  await expect(ana.page.getByRole("timer")).toHaveCount(0);
  await expect(box(ana.page)).toBeVisible();
  expect(await states()).toEqual(["ended"]);

  await ana.page.getByRole("button", { name: "Record a voice message" }).click();
  await expect(ana.page.getByRole("timer")).toBeVisible();
  await ana.page.getByRole("link", { name: "Home" }).first().click();
  await expect(ana.page).toHaveURL("/");
  await expect.poll(states).toEqual(["ended", "ended"]);
});

test("a blocked or missing microphone is said, and the text stays", async ({ member, api }) => {
  const { ana } = await pair(member, api);
  for (const [name, words] of [
    ["NotAllowedError", /The microphone is blocked/],
    ["NotFoundError", /No microphone was found/],
  ] as const) {
    await ana.page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", name));
    }, name);
    await ana.page.getByRole("button", { name: "Record a voice message" }).click();
    await expect(ana.page.getByRole("alert")).toContainText(words);
  }
  await say(ana.page, "Then in writing");
  await expect(messageWith(ana.page, "Then in writing")).toBeVisible();
  await expect(ana.page.getByRole("alert")).toHaveCount(0);
});

test("replies say what they reply to, and a deleted picture is gone", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  await pick(ana.page, photo);
  await send(ana.page);
  const bubble = log(ben.page).getByRole("listitem").filter({ has: ben.page.getByRole("link", { name: PHOTO }) });
  await bubble.hover();
  await bubble.getByLabel("More about this message").click();
  await bubble.getByRole("link", { name: "Reply", exact: true }).click();
  await expect(ben.page.getByText("Replying to Ana Ferreira")).toBeVisible();
  await say(ben.page, "Lovely");
  await expect(messageWith(ana.page, "Lovely").getByRole("link", { name: "Replies to You: Photo" })).toBeVisible();

  const own = log(ana.page).getByRole("listitem").filter({ has: ana.page.getByRole("link", { name: PHOTO }) });
  await own.hover();
  await own.getByLabel("More about this message").click();
  await own.getByRole("button", { name: "Delete for everyone" }).click();
  await ana.page.getByRole("dialog", { name: "Delete this message?" }).getByRole("button", { name: "Delete" }).click();
  await expect(pictureOf(ben.page)).toHaveCount(0);
  await expect(log(ben.page)).toContainText("This message was deleted");
});

test("a file goes with a message without JavaScript @only-nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  const talk = await api.begin(ana.person, [ben]);
  await open(ana.page, threadOf(talk));
  await ana.page.getByLabel("Add a file").setInputFiles(photo);
  await say(ana.page, "Sent by a plain form");
  const message = messageWith(ana.page, "Sent by a plain form");
  await expect(message.getByRole("link", { name: PHOTO })).toBeVisible();
  await expect(message.getByRole("link", { name: PHOTO })).toHaveAttribute("href", /^\/media\/attachments\//);
});

test("a group gets a picture from its admin, and loses it again", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  const group = await api.begin(ana.person, [ben.person], "Kiln crew");
  await open(ana.page, `/messages/${group.conversation_id}/details`);
  const section = ana.page.getByRole("region", { name: "Picture of the group" });
  await section.getByLabel("Choose a picture").setInputFiles({ ...photo, buffer: picture(300, 300) });
  await section.getByRole("button", { name: "Save picture" }).click();
  await expect(ana.page.getByText("The picture is saved.")).toBeVisible();
  await open(ben.page, "/messages");
  const face = rowOf(ben.page, "Kiln crew").locator("img");
  await expect(face).toHaveCount(1);
  expect(await face.evaluate(async (image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBeGreaterThan(0);
  await section.getByRole("button", { name: "Remove" }).click();
  await expect(face).toHaveCount(0);
});

for (const scheme of ["light", "dark"] as const) {
  test(`attachments have no barriers in ${scheme} @phone`, async ({ member, api }) => {
    const { ana, ben } = await pair(member, api);
    await ben.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await ana.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const expectNothing = async (page: Page, what: string) => {
      await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`), what).toEqual([]);
    };
    await pick(ana.page, photo, plan);
    await expectNothing(ana.page, "picked");
    await box(ana.page).fill("With a text");
    await send(ana.page);
    await pick(ana.page, photo);
    await send(ana.page);
    await expect(pictureOf(ben.page)).toHaveCount(2);
    await ana.page.getByRole("button", { name: "Record a voice message" }).click();
    await expect(ana.page.getByRole("timer")).toHaveText("0:01");
    await expectNothing(ana.page, "recording");
    await ana.page.getByRole("button", { name: "Send voice message" }).click();
    await expect(log(ben.page).getByRole("group", { name: "Voice message" })).toBeVisible();
    await expectNothing(ben.page, "received");
    await expectNothing(ana.page, "sent");
    const overflow = await ben.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await pictureOf(ben.page).first().click();
    await expectNothing(ben.page, "whole picture");
  });
}

test("files are sent with keys alone", async ({ member, api }) => {
  const { ana, ben } = await pair(member, api);
  await ana.page.getByLabel("Add files").focus();
  const chooser = ana.page.waitForEvent("filechooser");
  await ana.page.keyboard.press("Enter");
  await (await chooser).setFiles([photo]);
  await expect(strip(ana.page).getByRole("listitem")).toHaveCount(1);
  await box(ana.page).focus();
  await ana.page.keyboard.press("Enter");
  await expect(pictureOf(ben.page)).toBeVisible();
  await pictureOf(ben.page).focus();
  await ben.page.keyboard.press("Enter");
  await expect(ben.page.getByRole("dialog", { name: "Picture" })).toBeVisible();
  await ben.page.keyboard.press("Escape");
  await expect(ben.page.getByRole("dialog", { name: "Picture" })).toHaveCount(0);
});
