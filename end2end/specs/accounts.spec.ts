import { createAccount, fillSignUp, signIn } from "../parts/account";
import { refusal } from "../parts/guard";
import { Api, freshName, PASSWORD } from "../parts/people";
import { awake, expect, isScripted, open, test } from "../parts/test";

test("a newcomer signs up, signs out and signs in again @nojs @phone", async ({ page }) => {
  const handle = freshName("nora");
  await open(page, "/sign-up");
  await fillSignUp(page, { name: "Nora Lind", handle, email: `${handle}@example.org`, password: PASSWORD });
  await createAccount(page);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeAttached();

  await open(page, "/settings");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page).toHaveURL(/\/sign-in/);

  await awake(page);
  await signIn(page, handle.toUpperCase(), PASSWORD);
  await expect(page).toHaveURL("/");
});

test("an e-mail address signs in as well as a handle @nojs", async ({ page, api }) => {
  const person = await api.join("nora");
  await open(page, "/sign-in");
  await signIn(page, person.email, person.password);
  await expect(page).toHaveURL("/");
});

test("every field says what is wrong with it, and keeps what was typed @nojs", async ({ page, guard }) => {
  guard.allow(refusal(422));
  await open(page, "/sign-up");
  await fillSignUp(page, { name: "Nora Lind", handle: "1 not a handle", email: "nowhere", password: "short" });
  await createAccount(page);
  for (const label of ["Handle", "Email"]) {
    const field = page.getByLabel(label);
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toHaveAccessibleDescription(/\S/);
  }
  await expect(page.getByRole("textbox", { name: "Password" })).toHaveAccessibleDescription(/at least 10 characters/i);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Nora Lind");
  await expect(page.getByLabel("Handle")).toHaveValue("1 not a handle");
  await expect(page.getByLabel("Email")).toHaveValue("nowhere");
});

test("a handle that is taken is said so, and nothing else is lost @nojs", async ({ page, api, guard }) => {
  guard.allow(refusal(409));
  const other = await api.join("taken");
  await open(page, "/sign-up");
  await fillSignUp(page, { name: "Nora", handle: other.username, email: "free@example.org", password: PASSWORD });
  await createAccount(page);
  await expect(page.getByLabel("Handle")).toHaveAccessibleDescription(/taken/);
  await expect(page.getByLabel("Email")).toHaveValue("free@example.org");
});

test("a wrong password and an unknown name are answered alike @nojs", async ({ page, api, guard }) => {
  guard.allow(refusal(401));
  const person = await api.join("nora");
  const said: string[] = [];
  for (const login of [person.username, "nobody.of.this.name"]) {
    await open(page, "/sign-in");
    await signIn(page, login, "not the password at all");
    const complaint = page.locator("form").getByRole("alert");
    await expect(complaint).toBeVisible();
    said.push(await complaint.innerText());
    await expect(page.getByLabel("Email or handle")).toHaveValue(login);
  }
  expect(said[0]).toBe(said[1]);
});

test("the first account owns the community, the second does not", async ({ ownServer, browserOf }) => {
  const server = await ownServer();
  const page = await browserOf(undefined, server);
  await open(page, "/sign-up");
  await expect(page.getByRole("heading", { name: "Start your Hubbub" })).toBeVisible();
  await fillSignUp(page, { name: "Olga", handle: "olga", email: "olga@example.org", password: PASSWORD });
  await createAccount(page);
  await expect(page).toHaveURL("/");
  const api = new Api(server.url);
  const second = await api.join("second");
  const roles = await Promise.all(
    ["olga", second.username].map((name) => api.send<{ role: string }>("GET", `/api/people/${name}`, second.token)),
  );
  expect(roles.map((person) => person.role)).toEqual(["owner", "member"]);
});

test("a deep link leads back to itself after signing in @nojs", async ({ page, api }) => {
  const person = await api.join("deep");
  const post = await api.post(person, "A post that somebody was sent a link to");
  await open(page, `/posts/${post.id}`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await signIn(page, person.username, person.password);
  await expect(page).toHaveURL(`/posts/${post.id}`);
  await expect(page.getByRole("article").first()).toContainText(post.content);
});

test("a link to another site in `next` is not followed @nojs", async ({ page, api, server }) => {
  const person = await api.join("deep");
  for (const next of ["https://example.org/", "//example.org/", "/\\example.org"]) {
    await page.context().clearCookies();
    await open(page, `/sign-in?next=${encodeURIComponent(next)}`);
    await signIn(page, person.username, person.password);
    await expect(page).not.toHaveURL(/sign-in/);
    expect(new URL(page.url()).origin).toBe(server.url);
    // A page that is still reading its feed would be refused once its cookies are gone.
    await page.goto("about:blank");
  }
});

test("signed out, every page of the community leads to the door @nojs", async ({ page, api }) => {
  const person = await api.join("door");
  for (const path of ["/", "/settings", "/settings/sessions", `/@${person.username}`, "/tags/clay", "/search?q=a"]) {
    await page.goto(path);
    await expect(page, path).toHaveURL(/\/sign-in/);
  }
});

test("a password is changed, and other devices are signed out @nojs", async ({ member, api, browserOf, guard }) => {
  guard.allow(refusal(401), refusal(422), refusal(403));
  const { person, page } = await member("pass");
  const elsewhere = await browserOf(await api.signIn(person));
  await open(elsewhere, "/");
  await open(page, "/settings");
  await page.getByRole("textbox", { name: "Current password" }).fill("not the one I have");
  await page.getByRole("textbox", { name: "New password" }).fill("eleven blue bicycles");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("textbox", { name: "Current password" })).toHaveAccessibleDescription(/\S/);

  await page.getByRole("textbox", { name: "Current password" }).fill(PASSWORD);
  await page.getByRole("textbox", { name: "New password" }).fill("eleven blue bicycles");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed")).toBeVisible();

  if (isScripted()) await expect(elsewhere.getByText(/signed out/i).first()).toBeVisible();
  await elsewhere.goto("/");
  await expect(elsewhere).toHaveURL(/\/sign-in/);
  await awake(elsewhere);
  await signIn(elsewhere, person.username, "eleven blue bicycles");
  await expect(elsewhere).toHaveURL("/");
});

test("ending a session signs its browser out within a second", async ({ member, api, browserOf, guard }) => {
  guard.allow(refusal(401));
  const { person, page } = await member("sess");
  const elsewhere = await browserOf(await api.signIn(person));
  await open(elsewhere, "/");
  await open(page, "/settings/sessions");
  await expect(page.getByText("This device")).toHaveCount(1);
  const ends = page.getByRole("button", { name: /^End the session/ });
  // One of the two was made by registering over REST: this browser's own. The other is the one elsewhere.
  await expect(ends).toHaveCount(1);
  await ends.click();
  await expect(elsewhere.getByText(/signed out/i).first()).toBeVisible({ timeout: 1_500 });
  await expect(ends).toHaveCount(0);
});

test("a device is signed out from the list without JavaScript @only-nojs", async ({ member, api, browserOf }) => {
  const { person, page } = await member("sess");
  const elsewhere = await browserOf(await api.signIn(person));
  await page.goto("/settings/sessions");
  await page.getByRole("button", { name: /^End the session/ }).click();
  await expect(page.getByRole("button", { name: /^End the session/ })).toHaveCount(0);
  await elsewhere.goto("/");
  await expect(elsewhere).toHaveURL(/\/sign-in/);
});

test("the letter that confirms an address is sent again, a few times an hour @nojs", async ({ ownServer, browserOf, guard }) => {
  guard.allow(refusal(429));
  const server = await ownServer({ limitFactor: 1 });
  const page = await browserOf(await new Api(server.url).join("ana"), server);
  const again = page.getByRole("button", { name: "Send the letter again" });
  for (let sent = 0; sent < 5; sent += 1) {
    await open(page, "/settings");
    await again.click();
    await expect(page.getByText("The letter is on its way.")).toBeVisible();
  }
  await open(page, "/settings");
  await again.click();
  await expect(page.getByRole("alert").filter({ hasText: /again|later|wait/i })).toBeVisible();

  const token = /\/confirm\?token=([\w.-]+)/.exec(await server.letter(/Confirm/))![1]!;
  await page.goto(`/confirm?token=${token}`);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Your address is confirmed.")).toBeVisible();
  await open(page, "/settings");
  await expect(page.getByText("Confirmed", { exact: true })).toBeVisible();
  await expect(again).toHaveCount(0);
});
