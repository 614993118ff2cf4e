import { expect, test } from "../parts/test";

test("/health answers from the start", async ({ ownServer }) => {
  const server = await ownServer();
  const answer = await fetch(`${server.url}/health`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ websocket: "enabled" });
});

test("a request without a session is refused in JSON", async ({ server }) => {
  const answer = await fetch(`${server.url}/api/feed`);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), message: expect.any(String) });
});

test("hashed files may be kept for ever, pages may not", async ({ member, server }) => {
  const { page } = await member("cache");
  const kept: Record<string, string> = {};
  page.on("response", (answer) => {
    const { pathname } = new URL(answer.url());
    kept[pathname] = answer.headers()["cache-control"] ?? "";
  });
  await page.goto("/");
  await expect.poll(() => Object.keys(kept).some((path) => path.endsWith(".wasm"))).toBe(true);
  const files = Object.entries(kept).filter(([path]) => path.startsWith("/pkg/"));
  for (const [path, rule] of files) expect(rule, path).toContain("immutable");
  expect(kept["/"]).toMatch(/no-store|private|no-cache/);
  expect(server.log).not.toMatch(/panicked/);
});

test("the demo is there at once and looks alive", async ({ ownServer, browserOf }) => {
  const server = await ownServer({ demo: true });
  await expect.poll(() => server.log).toMatch(/mina/);
  const page = await browserOf(undefined, server);
  await page.goto("/sign-in");
  await page.getByLabel("Email or handle").fill("mina");
  await page.getByRole("textbox", { name: "Password" }).fill("the kettle is on again");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("feed").getByRole("article").first()).toContainText("Thursday evening kiln slot");
  await expect(page.getByRole("img", { name: /^Looking into the kiln/ }).first()).toBeVisible();
});
