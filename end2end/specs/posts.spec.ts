import { choose, commentsOf, composerOf, expectComments, expectLikes, likeOf, placeOf, postWith, write } from "../parts/feed";
import { refusal } from "../parts/guard";
import { picture } from "../parts/pictures";
import { awake, expect, isScripted, open, test } from "../parts/test";

test("a post is written, edited, deleted and, with a script, brought back @nojs", async ({ member }) => {
  const { page } = await member("post");
  await open(page, "/");
  await write(page, "Shelf three is free until Monday");
  const post = postWith(page, "Shelf three is free until Monday");
  await expect(post).toBeVisible();
  if (isScripted()) await expect(composerOf(page).getByLabel("Text of the post")).toHaveValue("");

  await choose(post, "Edit");
  await awake(page);
  const box = page.getByRole("article").getByLabel("Text of the post");
  await expect(box).toHaveValue("Shelf three is free until Monday");
  await box.fill("Shelf four is free until Tuesday");
  await page.getByRole("article").getByRole("button", { name: "Save" }).click();
  const edited = postWith(page, "Shelf four is free until Tuesday");
  await expect(edited).toBeVisible();
  await expect(edited.getByText("edited")).toBeVisible();
  expect(page.url()).not.toContain("edit=");

  await choose(edited, "Delete");
  await expect(postWith(page, "Shelf four")).toHaveCount(0);
  if (isScripted()) {
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(postWith(page, "Shelf four is free until Tuesday")).toBeVisible();
  }
  await open(page, "/");
  await expect(postWith(page, "Shelf four is free until Tuesday")).toHaveCount(isScripted() ? 1 : 0);
});

test("links, mentions and tags lead where they say, and nowhere dangerous @nojs", async ({ member, api }) => {
  const other = await api.join("other", "Other Person");
  const { page } = await member("links");
  await open(page, "/");
  await write(page, `Ask @${other.username} about #OpenStudio, see https://example.org/kiln or javascript:alert(1)`);
  const post = postWith(page, "Ask @");
  await expect(post.getByRole("link", { name: `@${other.username}` })).toHaveAttribute("href", `/@${other.username}`);
  await expect(post.getByRole("link", { name: "#OpenStudio" })).toHaveAttribute("href", "/tags/openstudio");
  const outward = post.getByRole("link", { name: "example.org/kiln" });
  await expect(outward).toHaveAttribute("href", "https://example.org/kiln");
  await expect(outward).toHaveAttribute("rel", /noopener/);
  await expect(post.locator("a[href^='javascript']")).toHaveCount(0);

  await post.getByRole("link", { name: "#OpenStudio" }).click();
  await expect(page).toHaveURL("/tags/openstudio");
  await expect(postWith(page, "about #OpenStudio").first()).toBeVisible();
});

test("a post is liked and unliked @nojs @phone", async ({ member, api }) => {
  const author = await api.join("author");
  await api.post(author, "Who else is here on Sunday?");
  const { page } = await member("liker");
  await open(page, "/");
  const post = postWith(page, "Who else is here on Sunday?").first();
  await expectLikes(post, 0);
  await likeOf(post).click();
  await expectLikes(post, 1);
  await expect(likeOf(post)).toHaveAttribute("aria-pressed", "true");
  await open(page, "/");
  await expect(likeOf(post)).toHaveAttribute("aria-pressed", "true");
  await likeOf(post).click();
  await expectLikes(post, 0);
  await open(page, "/");
  await expectLikes(post, 0);
});

test("a comment and a reply are written, liked, deleted and brought back @nojs", async ({ member, api }) => {
  const author = await api.join("author");
  const post = await api.post(author, "The kiln is cooling. Guesses?");
  const { page } = await member("talker");
  await open(page, `/posts/${post.id}`);
  await page.getByLabel("Your comment").fill("Six hours");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  const comment = page.locator("#comments").getByText("Six hours", { exact: true });
  await expect(comment).toBeVisible();
  await expectComments(page.getByRole("article").first(), 1);

  const item = page.getByRole("listitem").filter({ hasText: "Six hours" }).last();
  await item.getByRole("link", { name: "Reply" }).click();
  await awake(page);
  await page.getByLabel("Your reply").fill("Rather eight");
  await page.getByRole("button", { name: "Reply", exact: true }).last().click();
  await expect(page.getByText("Rather eight", { exact: true })).toBeVisible();
  await expectComments(page.getByRole("article").first(), 2);
  expect(page.url()).not.toContain("reply=");

  await open(page, `/posts/${post.id}`);
  await expect(page.getByText("Rather eight", { exact: true })).toBeVisible();
});

test("a comment is deleted and brought back", async ({ member, api }) => {
  const { person, page } = await member("talker");
  const post = await api.post(person, "Delete my comment");
  await api.comment(person, post, "Said too soon");
  await open(page, `/posts/${post.id}`);
  const label = page.getByLabel("More about this comment");
  await label.click();
  await page.getByRole("button", { name: "Delete", exact: true }).last().click();
  await expect(page.getByText("Said too soon")).toHaveCount(0);
  await expectComments(page.getByRole("article").first(), 0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Said too soon")).toBeVisible();
  await expectComments(page.getByRole("article").first(), 1);
});

test("pictures are shown with their descriptions, and their space is kept", async ({ member, browserOf, api }) => {
  const { page } = await member("pics");
  await open(page, "/");
  const composer = composerOf(page);
  await composer.getByLabel("Text of the post").fill("Two test tiles");
  await composer.locator("input[type=file]").setInputFiles([
    { name: "a.png", mimeType: "image/png", buffer: picture(400, 300) },
    { name: "b.png", mimeType: "image/png", buffer: picture(300, 400, [47, 93, 107]) },
  ]);
  const words = composer.getByLabel("What the picture shows");
  await expect(words).toHaveCount(2);
  await words.nth(0).fill("A red tile");
  await words.nth(1).fill("A blue tile");
  await composer.getByRole("button", { name: "Post", exact: true }).click();
  const post = postWith(page, "Two test tiles");
  await expect(post.getByRole("img", { name: "A red tile" })).toBeVisible();
  await expect(post.getByRole("img", { name: "A blue tile" })).toBeVisible();

  const reader = await browserOf(await api.join("reader"));
  // Pictures that never arrive must leave the same space.
  await reader.route("**/media/images/**", () => undefined);
  await reader.goto("/", { waitUntil: "domcontentloaded" });
  await awake(reader);
  const [full, bare] = [await placeOf(post), await placeOf(postWith(reader, "Two test tiles"))];
  expect(Math.abs(full.height - bare.height)).toBeLessThanOrEqual(1);
});

test("pictures are posted without JavaScript @only-nojs", async ({ member }) => {
  const { page } = await member("pics");
  await page.goto("/");
  const composer = composerOf(page);
  await composer.getByLabel("Text of the post").fill("One test tile, plainly");
  await composer.locator("input[type=file]").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: picture(400, 300) });
  await composer.getByText("Describe the pictures").click();
  await composer.getByLabel("Description of picture 1").fill("A red tile");
  await composer.getByRole("button", { name: "Post", exact: true }).click();
  await expect(postWith(page, "One test tile, plainly").getByRole("img", { name: "A red tile" })).toBeVisible();
});

test("a name is completed while one types it", async ({ member, api }) => {
  const other = await api.join("zebedee", "Zebedee Okoro");
  const { page } = await member("typist");
  await open(page, "/");
  const box = composerOf(page).getByLabel("Text of the post");
  await box.click();
  await box.pressSequentially(`Thanks @${other.username.slice(0, 9)}`);
  const option = page.getByRole("option", { name: /Zebedee Okoro/ });
  await expect(option.first()).toBeVisible();
  await box.press("Enter");
  await expect(box).toHaveValue(/^Thanks @zebedee\S+ $/);
});

test("a share button copies the post's address", async ({ member, api }) => {
  const { person, page } = await member("sharer");
  const post = await api.post(person, "Copy me");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, "/");
  await postWith(page, "Copy me").getByRole("button", { name: "Share link" }).click();
  await expect(page.getByText("Link copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`/posts/${post.id}`);
});

test("a post opens on its own page, and comments are where the link says @nojs @phone", async ({ member, api }) => {
  const { person, page } = await member("opener");
  const post = await api.post(person, "Open me, please");
  await api.comment(person, post, "Here we are");
  await open(page, "/");
  await commentsOf(postWith(page, "Open me, please")).click();
  await expect(page).toHaveURL(new RegExp(`/posts/${post.id}`));
  await expect(page.getByText("Here we are")).toBeVisible();
});

test("a text that is too long is refused, said so, and kept @nojs", async ({ member, guard }) => {
  guard.allow(refusal(422));
  const { page } = await member("long");
  await open(page, "/");
  const long = "clay and water ".repeat(400);
  await write(page, long);
  await expect(composerOf(page).getByRole("alert")).toContainText(/too long/);
  await expect(composerOf(page).getByLabel("Text of the post")).toHaveValue(/^clay and water clay/);
});

test("pictures are dropped and pasted into the composer, and pasted text stays text", async ({ member }) => {
  const { page } = await member("drop");
  await open(page, "/");
  const composer = composerOf(page);
  const box = composer.getByLabel("Text of the post");
  const bytes = [...picture(40, 30)];
  const give = (kind: "drop" | "paste", text = "") =>
    box.evaluate(
      (area, [kind, bytes, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "tile.png", { type: "image/png" }));
        if (text) data.setData("text/plain", text);
        const told = { bubbles: true, cancelable: true };
        const event =
          kind === "drop" ? new DragEvent("drop", { ...told, dataTransfer: data }) : new ClipboardEvent("paste", { ...told, clipboardData: data });
        return !area.dispatchEvent(event);
      },
      [kind, bytes, text] as const,
    );
  const words = composer.getByLabel("What the picture shows");
  expect(await give("drop")).toBe(true);
  await expect(words).toHaveCount(1);
  expect(await give("paste")).toBe(true);
  await expect(words).toHaveCount(2);
  // A spreadsheet offers its cells as text and as a picture: the text is meant.
  expect(await give("paste", "3 bowls")).toBe(false);
  await expect(words).toHaveCount(2);
});
