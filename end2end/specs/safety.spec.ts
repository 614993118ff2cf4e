// Text is text: nothing anybody types becomes markup or script, on any page.
import { composerOf, postWith, write } from "../parts/feed";
import { expect, isScripted, open, test } from "../parts/test";

const CORPUS = [
  `<script>window.pwned=1</script>`,
  `<img src=x onerror="window.pwned=1">`,
  `<svg/onload=window.pwned=1>`,
  `"><iframe srcdoc="<script>parent.pwned=1</script>">`,
  `'-window.pwned=1-'`,
  `</textarea><script>window.pwned=1</script>`,
  `</script><script>window.pwned=1</script>`,
  `<a href="javascript:window.pwned=1">press</a>`,
  `javascript:window.pwned=1`,
  `[press](javascript:window.pwned=1)`,
  `{{constructor.constructor('window.pwned=1')()}}`,
  `<!--#hk--><!--s-0-1-->--><script>window.pwned=1</script>`,
  `<style>*{display:none}</style>`,
  `<meta http-equiv=refresh content="0;url=https://example.org">`,
  `\u2028\u2029<script>window.pwned=1</script>`,
  `&lt;script&gt;window.pwned=1&lt;/script&gt;`,
  `https://example.org/"onmouseover="window.pwned=1`,
  `#<img/src/onerror=window.pwned=1> @<svg/onload=window.pwned=1>`,
];

test("hostile text is shown as it was typed, everywhere @nojs", async ({ member, api, browserOf }) => {
  test.slow();
  const { person, page } = await member("hostile");
  await api.send("PATCH", "/api/me", person.token, { full_name: CORPUS[1], bio: `${CORPUS[0]} ${CORPUS[2]}` });
  const posts = [];
  for (const text of CORPUS) {
    const post = await api.post(person, text);
    const comment = await api.comment(person, post, text);
    await api.comment(person, post, text, comment.id);
    posts.push(post);
  }
  await open(page, "/");
  for (const text of CORPUS.slice(0, 4)) await write(page, `${text} typed`);
  await expect(postWith(page, `${CORPUS[0]} typed`)).toBeVisible();

  const reader = await browserOf(await api.join("reader"));
  const paths = [
    "/",
    `/@${person.username}`,
    `/@${person.username}/followers`,
    `/search?q=${encodeURIComponent(CORPUS[1]!)}`,
    `/tags/${encodeURIComponent(CORPUS[0]!)}`,
    `/search?q=${person.username}`,
    ...posts.map((post) => `/posts/${post.id}`),
  ];
  for (const visitor of [page, reader]) {
    for (const path of paths) {
      const answer = await visitor.goto(path);
      expect(answer!.status(), path).toBeLessThan(500);
      if (isScripted()) expect(await visitor.evaluate(() => "pwned" in window), path).toBe(false);
      await expect(visitor.locator("main img[src=x], main iframe, main svg[onload], main [onerror], main [onmouseover], a[href^='javascript']"), path).toHaveCount(0);
    }
  }
  for (const [at, post] of posts.entries()) {
    await reader.goto(`/posts/${post.id}`);
    const shown = await reader.getByRole("article").first().innerText();
    // Addresses are shown without their scheme, and without a slash at their end.
    const plain = (text: string) => text.replace(/[\s\u2028\u2029]+/g, " ").replace(/https?:\/\/|\//g, "").trim();
    expect(plain(shown), CORPUS[at]).toContain(plain(CORPUS[at]!));
  }
});

test("hostile text in the forms of the door and the settings stays text @nojs", async ({ page, member, guard }) => {
  guard.allow(/status of 4\d\d/);
  for (const path of ["/sign-up", "/sign-in"]) {
    await open(page, path);
    const boxes = page.locator("form").last().getByRole("textbox");
    for (let at = 0; at < (await boxes.count()); at += 1) await boxes.nth(at).fill(CORPUS[3]!.slice(0, 60));
    await page.getByRole("button", { name: /^(Create account|Sign in)$/ }).click();
    await expect(page.getByRole("alert").first()).toBeVisible();
    await expect(page.locator("form iframe")).toHaveCount(0);
  }
  const mine = (await member("hostile")).page;
  await open(mine, "/settings");
  await mine.getByLabel("About you").fill(CORPUS[5]!);
  await mine.getByRole("button", { name: "Save profile" }).click();
  await expect(mine.getByText("Your profile is saved.")).toBeVisible();
  await open(mine, "/settings");
  await expect(mine.getByLabel("About you")).toHaveValue(CORPUS[5]!);
});

test("every page is sent with strict headers", async ({ page, member }) => {
  const { page: inside } = await member("headers");
  for (const answer of [await page.goto("/sign-in"), await inside.goto("/")]) {
    const headers = answer!.headers();
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).toMatch(/default-src '(self|none)'/);
    expect(policy).not.toContain("'unsafe-inline'; script");
    expect(policy).toMatch(/script-src[^;]*'nonce-/);
    expect(policy).not.toMatch(/script-src[^;]*'unsafe-inline'/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBeTruthy();
    expect(policy + (headers["x-frame-options"] ?? "")).toMatch(/frame-ancestors 'none'|DENY/);
  }
});

test("a draft with hostile text comes back as text", async ({ member }) => {
  const { page } = await member("hostile");
  await open(page, "/");
  await composerOf(page).getByLabel("Text of the post").fill(CORPUS[5]!);
  await open(page, "/");
  await expect(composerOf(page).getByLabel("Text of the post")).toHaveValue(CORPUS[5]!);
});
