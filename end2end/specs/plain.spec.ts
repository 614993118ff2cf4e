// Documented code in a browser page with plain WebSocket, on the server's own origin.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { conversation, test } from "../parts/clients";
import { SERVER_AWAY } from "../parts/guard";
import { Api } from "../parts/people";
import type { Server } from "../parts/server";
import { expect, type Page } from "../parts/test";

const CODE = readFileSync(join(__dirname, "../pages/plain.js"), "utf8");

async function show(page: Page, url: string): Promise<Page> {
  // Any page of the server will do: what counts is the origin.
  await page.goto(`${url}/health`);
  await page.evaluate(`(() => { ${CODE} })()`);
  return page;
}

type Logged = [string, any?][];

// The page's notification client, and what it has heard.
async function client(page: Page, url: string, token: string) {
  await page.evaluate(`window.bell = new NotificationClient(${JSON.stringify(url)}, ${JSON.stringify(token)}); bell.connect()`);
  const log = () => page.evaluate("bell.log") as Promise<Logged>;
  const hears = async (kind: string, fits: (data: any) => boolean = () => true) => {
    const find = async () => (await log()).find(([type, data]) => type === kind && fits(data));
    await expect.poll(find, { message: `no ${kind} came` }).toBeTruthy();
    return (await find())![1];
  };
  return { log, hears };
}

test("S4.8 S4.9 S4.11 S4.12 S4.14 S4.17 S4.19 S4.20 the notification client in a browser, from its greeting to its goodbye", async ({ api, server, browserOf }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const page = await show(await browserOf(), server.url);
  const { hears, log } = await client(page, server.url, ana.token);
  expect(await hears("unread_count")).toEqual({ count: 0 });
  const badge = page.locator("#notification-badge");
  await expect(badge).toBeHidden();
  await page.evaluate("bell.send({ type: 'ping' }); bell.ws.send('ping')");
  await hears("pong");
  expect(await hears("text")).toBe("pong");
  await api.follow(ben, ana);
  const told = await hears("notification");
  expect(told).toMatchObject({ notification_type: "follow", sender_id: ben.id, title: expect.any(String), message: expect.stringContaining("Ben Okafor") });
  await expect(badge).toHaveText("1");
  await page.evaluate((id) => (window as any).bell.markNotificationAsRead(id), told.notification_id);
  expect(await hears("notification_update", ({ status }) => status === "read")).toMatchObject({ notification_id: told.notification_id });
  await expect(badge).toBeHidden();
  await page.evaluate("bell.disconnect()");
  expect(await hears("close")).toEqual({ code: 1000, wasClean: true });
  expect((await log()).filter(([type]) => type === "open").length, "a normal closure is not followed by a return").toBe(1);
});

test("S0.57 with a token that is none the browser sees 4401 each time it comes", async ({ server, browserOf }) => {
  const { log } = await client(await show(await browserOf(), server.url), server.url, "nonsense");
  const closed = async () => (await log()).filter(([type]) => type === "close").map(([, data]) => data.code);
  await expect.poll(async () => (await closed()).length).toBeGreaterThanOrEqual(2);
  expect(new Set(await closed())).toEqual(new Set([4401]));
});

test("S4.15 S4.31 the notification client returns by itself after the server was killed", async ({ ownServer, browserOf, guard }) => {
  guard.allow(...SERVER_AWAY);
  const server: Server = await ownServer();
  const api = new Api(server.url);
  const [ana, ben] = [await api.join(), await api.join()];
  const { hears, log } = await client(await show(await browserOf(undefined, server), server.url), server.url, ana.token);
  await hears("unread_count");
  await server.kill();
  await hears("close", ({ code }) => code === 1006);
  await server.resume();
  await expect.poll(async () => (await log()).filter(([type]) => type === "open").length).toBe(2);
  await api.follow(ben, ana);
  await hears("notification");
});

test("S0.8 S2.2 S2.5 S2.6 S2.19 S2.20 S2.30 two people in browsers chat and see the feed over plain sockets, one for each channel", async ({ api, server, browserOf }) => {
  const people = [await api.join("ana", "John Doe"), await api.join("ben", "Ben Okafor")];
  const [ana, ben] = people as [(typeof people)[0], (typeof people)[0]];
  const chat = await conversation(api, ana, ben);
  const channels = [`messages/${chat.conversation_id}`, "feed", "online"];
  const pages: Page[] = [];
  for (const person of people) {
    const page = await show(await browserOf(), server.url);
    await page.evaluate(
      ([channels, token]) => {
        const open = window as any;
        open.channels = Object.fromEntries((channels as string[]).map((name) => [name.split("/")[0], open.openChannel(name, token)]));
      },
      [channels, person.token] as const,
    );
    pages.push(page);
  }
  const [left, right] = pages as [Page, Page];
  const frame = (page: Page, channel: string, type: string) =>
    page.evaluate(([channel, type]) => (window as any).channels[channel!].frames.find((one: any) => one.type === type), [channel, type]);
  const hears = async (page: Page, channel: string, type: string) => {
    await expect.poll(() => frame(page, channel, type), { message: `no ${type} on ${channel}` }).toBeTruthy();
    return frame(page, channel, type);
  };
  for (const page of pages) for (const channel of ["messages", "feed", "online"]) await hears(page, channel, "pong");
  const send = (page: Page, message: object) => page.evaluate((text) => (window as any).channels.messages.send(text), JSON.stringify(message));
  await send(left, { type: "typing", is_typing: true });
  expect(await hears(right, "messages", "typing")).toMatchObject({ user_id: Number(ana.id), is_typing: true });
  await send(left, { type: "message", content: "Hello!" });
  for (const page of pages) {
    expect(await hears(page, "messages", "new_message")).toMatchObject({ sender_id: Number(ana.id), content: "Hello!" });
  }
  const post = await api.post(ben, "Check out my new research!");
  expect((await hears(left, "feed", "new_post")).post).toMatchObject({ id: Number(post.id), userId: Number(ben.id) });
  expect(await hears(left, "online", "user_online")).toMatchObject({ user_id: Number(ben.id), full_name: "Ben Okafor" });
  await right.close();
  expect(await hears(left, "online", "user_offline")).toMatchObject({ user_id: Number(ben.id) });
});
