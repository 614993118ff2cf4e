// The React example: its hooks in a browser, bundled and served as its README says, against the real server.
import type { Page } from "@playwright/test";
import { LiveSocket } from "../../examples/react/src/live";
import { conversation, test as base } from "../parts/clients";
import { Guard, refusal, SERVER_AWAY } from "../parts/guard";
import { Api, PASSWORD, type Person } from "../parts/people";
import type { Server } from "../parts/server";
import { expect } from "../parts/test";

interface React {
  // A browser of this person with the example's page at this path, signed in.
  show: (person: Person, path: string, at?: Server) => Promise<Page>;
}

const test = base.extend<React>({
  show: async ({ browser, run, guard, server }, use) => {
    const served = new Map<Server, Promise<string>>();
    const serve = (at: Server) => {
      const program = run("node", ["examples/react/serve.mjs"], { HUBBUB_URL: at.url, PORT: "0" });
      return program.says(/^http/);
    };
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (person, path, at = server) => {
      const address = served.get(at) ?? serve(at);
      served.set(at, address);
      const context = await browser.newContext({ baseURL: await address, permissions: ["notifications"] });
      contexts.push(context);
      guard.watch(context, await address);
      await context.addInitScript(watch);
      const page = await context.newPage();
      await page.goto(path);
      await page.getByLabel("Email or handle").fill(person.username);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByRole("heading", { name: "Notifications" })).toBeVisible();
      return page;
    });
    for (const context of contexts) await context.close();
  },
});

// Notes what a page does that cannot be seen: sockets it closes, what it listens to, what it shows and plays.
function watch(): void {
  const noted: { closed: number[]; events: string[]; shown: object[]; sounds: number[]; sent: string[] } = {
    closed: [],
    events: [],
    shown: [],
    sounds: [],
    sent: [],
  };
  Object.assign(window, { noted });
  const listen = window.addEventListener.bind(window);
  window.addEventListener = ((type: string, ...rest: [never]) => {
    noted.events.push(type);
    listen(type, ...rest);
  }) as typeof window.addEventListener;
  const { close, send } = WebSocket.prototype;
  WebSocket.prototype.close = function (code?: number, reason?: string) {
    noted.closed.push(code ?? 1005);
    close.call(this, code, reason);
  };
  WebSocket.prototype.send = function (data: string) {
    noted.sent.push(data);
    send.call(this, data);
  };
  class Shown {
    static permission = "granted";
    constructor(title: string, options: object) {
      noted.shown.push({ title, ...options });
    }
  }
  Object.assign(window, { Notification: Shown });
  HTMLMediaElement.prototype.play = function () {
    noted.sounds.push(this.volume);
    return Promise.reject(new Error("not before the first click"));
  };
}

const noted = (page: Page): Promise<Record<string, any>> => page.evaluate(() => (window as unknown as { noted: object }).noted);

const messages = (page: Page) => page.getByRole("list", { name: "Messages" }).getByRole("listitem");
const status = (page: Page) => page.getByRole("main").getByRole("status");

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

test("S3.16 S3.20 S3.21 S3.22 S3.23 S3.25 S3.26 S3.27 useSocket: two people talk at /chat/:matchId", async ({ api, show }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const chat = await conversation(api, ana, ben);
  await api.say(ben, chat, "From before");
  const path = `/chat/${chat.conversation_id}`;
  const left = await show(ana, path);
  await expect(status(left)).toHaveText("Offline");
  await expect(left.locator(".dot.grey")).toBeVisible();
  const right = await show(ben, path);
  for (const page of [left, right]) {
    await expect(status(page)).toHaveText("Active now");
    await expect(page.locator(".dot.green")).toBeVisible();
    await expect(messages(page)).toHaveText([/From before/]);
  }
  await left.getByLabel("Message", { exact: true }).pressSequentially("Hel");
  await expect(right.getByLabel("typing")).toBeVisible();
  await expect(left.getByLabel("typing")).toBeHidden();
  await expect(right.getByLabel("typing"), "it ends two seconds after the last key").toBeHidden();
  await say(left, "Hello!");
  for (const page of [left, right]) await expect(messages(page)).toHaveText([/From before/, /Hello!/]);
  await expect(messages(left).filter({ hasText: "Hello!" }).getByTitle("Read")).toBeVisible();
  await right.close();
  await expect(status(left)).toHaveText("Offline");
  await expect(left.locator(".dot.grey")).toBeVisible();
});

test("S3.18 a typing indicator whose end never comes goes away by itself", async ({ api, show, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const chat = await conversation(api, ana, ben);
  const page = await show(ana, `/chat/${chat.conversation_id}`);
  await expect(status(page)).toHaveText("Offline");
  const socket = await sockets.connect(ben.token, ["websocket"]);
  await socket.timeout(10_000).emitWithAck("join_match", { match_id: chat.conversation_id });
  socket.emit("typing", { match_id: chat.conversation_id, is_typing: true });
  await expect(page.getByLabel("typing")).toBeVisible();
  await expect(page.getByLabel("typing")).toBeHidden();
});

test("S3.24 a conversation of others says so in the chat", async ({ api, show, guard }) => {
  guard.allow(refusal(404), refusal(403));
  const [ana, ben, eve] = [await api.join(), await api.join(), await api.join()];
  const chat = await conversation(api, ana, ben);
  const page = await show(eve, `/chat/${chat.conversation_id}`);
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await expect(status(page)).toHaveText("Connecting...");
});

test("S3.17 S3.19 S3.30 S3.42 W2 useSocket returns after the server was killed, and sends what waited, once", async ({ ownServer, show, guard }) => {
  guard.allow(...SERVER_AWAY, refusal(502), refusal(503));
  const server = await ownServer();
  const api = new Api(server.url);
  const [ana, ben] = [await api.join(), await api.join()];
  const chat = await conversation(api, ana, ben);
  const path = `/chat/${chat.conversation_id}`;
  const [left, right] = [await show(ana, path, server), await show(ben, path, server)];
  for (const page of [left, right]) await expect(status(page)).toHaveText("Active now");
  await server.kill();
  for (const page of [left, right]) await expect(status(page)).toHaveText("Connecting...");
  await say(left, "Written without a network");
  await server.resume();
  for (const page of [left, right]) await expect(status(page)).toHaveText("Active now", { timeout: 60_000 });
  await say(right, "Back");
  for (const page of [left, right]) {
    await expect(messages(page)).toHaveCount(2);
    await expect(messages(page).filter({ hasText: "Written without a network" })).toHaveCount(1);
  }
});

test("S2.14 S2.33 useWebSocketChat talks over the channel, and typing ends by itself", async ({ api, show }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const path = `/channel/${(await conversation(api, ana, ben)).conversation_id}`;
  const [left, right] = [await show(ana, path), await show(ben, path)];
  for (const page of [left, right]) await expect(status(page)).toBeHidden();
  await left.getByLabel("Message", { exact: true }).pressSequentially("Hello");
  await expect(right.getByLabel("typing")).toBeVisible();
  await expect(right.getByLabel("typing")).toBeHidden();
  const { sent } = await noted(left);
  const said = sent.filter((text: string) => text.includes('"typing"'));
  expect(said.length, "five keys are one beginning and one end").toBe(2);
  await left.getByRole("button", { name: "Send" }).click();
  for (const page of [left, right]) await expect(messages(page)).toHaveText(["Hello"]);
});

test("S2.13 S2.15 S2.16 S2.17 S2.18 the hooks of feed, online, connections and notifications on one page", async ({ api, show, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const mine = await api.post(ana, "Mine");
  const page = await show(ana, "/");
  await expect(status(page)).toBeHidden();
  await expect.poll(async () => ((await api.send("GET", "/api/ws/status")) as any).active_connections).toBeGreaterThanOrEqual(5);
  const post = await api.post(ben, "First light");
  await api.comment(ana, post, "Lovely");
  await api.post(ben, "Second light");
  const feed = page.getByRole("list", { name: "Feed" }).getByRole("listitem");
  await expect(feed, "the newest is on top, and a comment goes to its post").toHaveText([/Second light/, /First light \(Lovely\)/]);
  const socket = await sockets.connect(ben.token, ["websocket"]);
  const online = page.getByRole("list", { name: "Online" });
  await expect(online).toContainText("Ben Okafor");
  await api.ask(ben, ana);
  await expect(page.getByRole("list", { name: "Requests" })).toContainText("Ben Okafor");
  await api.comment(ben, mine, "Great post!");
  await expect(page.getByRole("alert")).toHaveText("Ben Okafor commented on your post");
  socket.disconnect();
  await expect(online).not.toContainText("Ben Okafor");
});

test("S2.23 an accepted request is told", async ({ api, show }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const page = await show(ana, "/");
  await expect.poll(async () => ((await api.send("GET", "/api/ws/status")) as any).active_connections).toBeGreaterThanOrEqual(5);
  await api.ask(ana, ben);
  await api.ask(ben, ana);
  await expect(page.getByRole("alert")).toContainText("Connected with");
});

test("S4.14 S4.16 S4.17 S4.18 S4.19 S4.21 W3 useNotifications: list, badge, sound, and marking as read", async ({ api, show }) => {
  const [ana, ben, cleo] = [await api.join(), await api.join("ben", "Ben Okafor"), await api.join("cleo", "Cleo Marsh")];
  await api.follow(ben, ana);
  const post = await api.post(ana, "Hello");
  const page = await show(ana, "/");
  const bell = page.getByRole("region", { name: "Notifications" });
  const badge = bell.locator(".badge");
  await expect(badge, "asked for when it connects").toHaveText("1");
  await api.comment(cleo, post, "Lovely");
  await expect(badge).toHaveText("2");
  await expect(bell.getByRole("listitem")).toHaveText([/Cleo Marsh/]);
  const { shown, sounds } = await noted(page);
  expect(shown).toMatchObject([{ body: expect.stringContaining("Cleo Marsh"), icon: "/favicon.ico", tag: expect.any(String) }]);
  expect(sounds[0]).toBeCloseTo(0.3);
  await bell.getByRole("button", { name: "Mark as read" }).click();
  await expect(badge).toHaveText("1");
  await expect(bell.getByRole("button", { name: "Mark as read" })).toBeHidden();
  await api.send("POST", "/api/notifications/read-all", ana.token, {});
  await expect(badge, "hidden at zero").toBeHidden();
});

test("S4.15 S2.32 W2 useNotifications says that it reconnects, and does for as long as it takes", async ({ ownServer, show, guard }) => {
  guard.allow(...SERVER_AWAY, refusal(502), refusal(503));
  const server = await ownServer();
  const api = new Api(server.url);
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const page = await show(ana, "/channel/1", server);
  const bell = page.getByRole("region", { name: "Notifications" });
  await expect(bell.getByText("Reconnecting…")).toBeHidden();
  await server.kill();
  await expect(bell.getByText("Reconnecting…")).toBeVisible();
  await api.follow(ben, ana).catch(() => undefined);
  await server.resume();
  await expect(bell.getByText("Reconnecting…")).toBeHidden({ timeout: 60_000 });
  await api.follow(ben, ana);
  await expect(bell.locator(".badge")).toHaveText("1");
});

test("S4.20 S2.31 W12 signing out closes every socket with 1000, and nothing keeps the page from the cache", async ({ api, show }) => {
  const ana = await api.join();
  const page = await show(ana, "/");
  await expect(status(page)).toBeHidden();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  const { closed, events } = await noted(page);
  expect(closed).toEqual([1000, 1000, 1000, 1000, 1000]);
  expect(events).toContain("pagehide");
  expect(events.filter((type: string) => /unload/.test(type))).toEqual([]);
  await expect.poll(async () => ((await api.send("GET", "/api/ws/status")) as any).active_connections).toBe(0);
});

test("S2.27 S4.15 W2 W15 the waits grow from one second to thirty, each by chance, and it never gives up", async () => {
  const waits: number[] = [];
  const real = { setTimeout: globalThis.setTimeout, WebSocket: globalThis.WebSocket };
  const done = new Promise<void>((enough) => {
    class Refusing {
      onclose: ((event: object) => void) | undefined;
      constructor() {
        queueMicrotask(() => this.onclose?.({ code: 1006 }));
      }
    }
    const noting = (then: () => void, wait: number) => {
      if (waits.push(wait) >= 40) enough();
      else queueMicrotask(then);
    };
    Object.assign(globalThis, { WebSocket: Refusing, setTimeout: noting, addEventListener: () => undefined });
    new LiveSocket(async () => "ws://127.0.0.1:1/", {}).start();
  });
  await done;
  Object.assign(globalThis, real);
  const windows = waits.map((_, attempt) => Math.min(1_000 * 2 ** attempt, 30_000));
  expect(windows.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  for (const [attempt, wait] of waits.entries()) expect(wait).toBeLessThanOrEqual(windows[attempt]!);
  expect(new Set(waits).size, "no two alike").toBe(waits.length);
});

test("S3.35 the example's types are right", async ({ run }) => {
  const check = run("npx", ["tsc", "-p", "examples/react"]);
  expect(await check.ends(), check.text).toBe(0);
});
