// The reference of the wire: read without scripts, and the console that speaks it.
import { expectNoBarriers } from "../parts/barriers";
import { awake, expect, isScripted, open, test } from "../parts/test";

test("requests are told with what they take and answer @nojs @phone", async ({ member }) => {
  const { page } = await member("ana");
  await open(page, "/settings");
  await page.getByRole("link", { name: "API" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("API: Requests");
  const posts = page.getByRole("region", { name: "Posts" });
  await posts.getByText("/api/posts/{id}/restore").click();
  await expect(posts.getByText("Brings a deleted post back")).toBeVisible();
  await expect(posts.getByRole("link", { name: "PostView", exact: true }).first()).toBeVisible();
  if (isScripted()) await expectNoBarriers(page, "requests");
});

test("events and commands are told with an example @nojs", async ({ member }) => {
  const { page } = await member("ana");
  await open(page, "/api/docs/live");
  const events = page.getByRole("region", { name: "Events", exact: true });
  await events.getByText("like_update", { exact: true }).click();
  await expect(events.getByRole("region", { name: "Example of like_update", exact: true })).toContainText('"like_count"');
  await expect(page.getByRole("region", { name: "Close codes" })).toContainText("4401");
  if (isScripted()) await expectNoBarriers(page, "events");
  await open(page, "/api/docs/types#PostView");
  await expect(page.getByRole("region", { name: "PostView", exact: true })).toContainText("like_version");
  if (isScripted()) await expectNoBarriers(page, "types");
});

test("the documents can be taken along", async ({ member }) => {
  const { page } = await member("ana");
  await open(page, "/api/docs");
  for (const [name, start] of [
    ["OpenAPI 3.1", "openapi"],
    ["AsyncAPI 3.0", "asyncapi"],
    ["Types for TypeScript", "hubbub"],
  ] as const) {
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name }).click();
    expect((await download).suggestedFilename()).toMatch(new RegExp(`^${start}\\.`));
  }
});

test("the console connects, sends, refuses what is no command, and shows what comes @phone", async ({ member }) => {
  const { page } = await member("ana");
  await open(page, "/api/docs/console");
  await awake(page);
  await expect(page.getByRole("status").filter({ hasText: "Not connected" })).toBeVisible();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  const frames = page.getByRole("list", { name: "Frames, newest first" }).getByRole("listitem");
  await expect(frames.filter({ hasText: "connected" })).toHaveCount(1);
  await page.getByLabel("Begin from").selectOption("watch_feed");
  await expect(page.getByLabel("Command, as JSON")).toHaveValue(/watch_feed/);
  await page.getByLabel("Command, as JSON").fill('{"type": "watch_post"}');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "watch_post" })).toBeVisible();
  await page.getByLabel("Command, as JSON").fill('{"type": "ping"}');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(frames.filter({ hasText: "pong" })).toHaveCount(1);
  await page.getByRole("button", { name: "Test notification" }).click();
  await expect(frames.filter({ hasText: /came\s*notification(?!_)/ })).toHaveCount(1);
  await page.getByLabel("Only what contains").fill("heartbeat_interval_ms");
  await expect(frames).toHaveCount(1);
  await page.getByLabel("Only what contains").fill("");
  await expectNoBarriers(page, "console");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(frames).toHaveCount(0);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Not connected" })).toBeVisible();
});
