// Behind nginx, configured as docs/operations.md says: TLS, upgrade, long-polling, timeouts, sign-in, addresses.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { test as base } from "../parts/clients";
import { curl, curlJson } from "../parts/curl";
import { documented, Nginx } from "../parts/nginx";
import { Plain } from "../parts/plain";
import { PASSWORD, type Person, Api } from "../parts/people";
import { root } from "../parts/programs";
import { freePort, type Server } from "../parts/server";
import { next } from "../parts/sockets";
import { expect } from "../parts/test";

interface Site {
  nginx: Nginx;
  // The server itself, where people are made.
  api: Api;
  server: Server;
}

const test = base.extend<{ behind: (options?: { limitFactor?: number; change?: (config: string) => string }) => Promise<Site> }>({
  behind: async ({ ownServer }, use) => {
    const started: Nginx[] = [];
    await use(async ({ limitFactor, change } = {}) => {
      const port = await freePort();
      const settings = { HUBBUB_PUBLIC_URL: `https://localhost:${port}`, HUBBUB_TRUSTED_PROXIES: "127.0.0.1" };
      const server = await ownServer({ settings, ...(limitFactor && { limitFactor }) });
      const nginx = await Nginx.start(port, new URL(server.url).host, change);
      started.push(nginx);
      return { nginx, server, api: new Api(server.url) };
    });
    for (const nginx of started) await nginx.stop();
  },
});

// Everything is verified: the certificate is the proxy's own.
const trusting = (nginx: Nginx) => `--cacert ${nginx.certificate} --resolve localhost:${nginx.port}:127.0.0.1`;

const dial = (nginx: Nginx, path: string, headers: Record<string, string> = {}): Plain =>
  new Plain(`wss://localhost:${nginx.port}${path}`, { ca: readFileSync(nginx.certificate), headers });

const dialSocketIo = (nginx: Nginx, person: Person, transports: ("polling" | "websocket")[]): Socket =>
  io(nginx.url, { auth: { token: person.token }, transports, forceNew: true, rejectUnauthorized: false });

test("S1.33 S1.35 S3.38 a plain WebSocket goes through TLS and the upgrade, and plain HTTP leads to TLS", async ({ behind }) => {
  const { nginx, api } = await behind();
  const ana = await api.join();
  const socket = dial(nginx, `/ws?token=${ana.token}`);
  expect(await socket.next("connected")).toMatchObject({ user_id: ana.id });
  const bell = dial(nginx, `/ws/notifications?token=${ana.token}`);
  await bell.soFar();
  for (const one of [socket, bell]) one.close();
  expect(await bell.closes()).toBe(1000);
  const redirect = await curl(`--include http://localhost:${nginx.plainPort}/`);
  expect(redirect).toMatch(/^HTTP\/1.1 301[\s\S]*location: https:\/\/localhost/i);
  expect(nginx.accessLog, "what stands in a query is not logged").not.toContain("token=");
  expect(nginx.accessLog).toContain("GET /ws/notifications");
});

for (const transports of [["polling"], ["polling", "websocket"], ["websocket"]] as ("polling" | "websocket")[][]) {
  test(`S1.35 Socket.IO over ${transports.join(" then ")} goes through the proxy`, async ({ behind }) => {
    const { nginx, api } = await behind();
    const [ana, ben] = [await api.join(), await api.join()];
    const post = await api.post(ana, "Hello");
    const socket = dialSocketIo(nginx, ana, transports);
    await next(socket, "connected");
    const seen = next(socket, "like_update");
    await curlJson(`${trusting(nginx)} -X PUT ${nginx.url}/api/posts/${post.id}/like -H "Authorization: Bearer ${ben.token}"`);
    expect(await seen).toMatchObject({ post_id: post.id, like_count: 1 });
    socket.disconnect();
  });
}

test("S1.35 an idle long poll is answered by the heartbeat, well before the proxy's 60 seconds are over", async ({ behind }) => {
  expect(documented()).toContain("proxy_read_timeout 60s");
  const { nginx, api } = await behind();
  const ana = await api.join();
  const socket = dialSocketIo(nginx, ana, ["polling"]);
  await next(socket, "connected");
  let cut = false;
  socket.on("disconnect", () => (cut = true));
  await new Promise<void>((heard) => socket.io.once("ping", () => heard()));
  const pong = next(socket, "pong");
  socket.emit("ping");
  await pong;
  expect(cut).toBe(false);
  socket.disconnect();
});

test("S0.53 S2.38 a proxy with a shorter timeout cuts who is silent and keeps who sends its heartbeat", async ({ behind }) => {
  // Sixty seconds shrunk to two, and the heartbeat of 25 to a half.
  const { nginx, api } = await behind({ change: (config) => config.replace("proxy_read_timeout 60s", "proxy_read_timeout 2s") });
  const ana = await api.join();
  const [silent, lively] = [dial(nginx, `/ws/feed?token=${ana.token}`), dial(nginx, `/ws/feed?token=${ana.token}`)];
  await silent.opens();
  const heartbeat = setInterval(() => void lively.send({ type: "ping" }), 500);
  expect(await silent.closes()).toBe(1006);
  expect(lively.code).toBeUndefined();
  await lively.soFar();
  clearInterval(heartbeat);
  lively.close();
});

test("S0.53 without the upgrade sockets fail and long-polling goes on", async ({ behind }) => {
  const { nginx, api } = await behind({ change: (config) => config.replace(/.*proxy_set_header (Upgrade|Connection).*\n/g, "") });
  const ana = await api.join();
  const socket = dial(nginx, `/ws?token=${ana.token}`);
  await expect.poll(() => socket.code).toBe(1006);
  const polling = dialSocketIo(nginx, ana, ["polling", "websocket"]);
  await next(polling, "connected");
  const pong = next(polling, "pong");
  polling.emit("ping");
  await pong;
  polling.disconnect();
});

test("S3.38 S4.29 signing in through the proxy gives Secure cookies, which count on this origin only", async ({ behind, browser }) => {
  const { nginx, api } = await behind();
  const ana = await api.join();
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${nginx.url}/sign-in`);
  await page.getByLabel("Email or handle").fill(ana.username);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${nginx.url}/`);
  const cookies = (await context.cookies()).filter(({ name }) => /access|refresh/.test(name));
  expect(cookies.map(({ name, secure }) => [name, secure]).sort()).toEqual([
    ["__Host-hubbub_access", true],
    ["__Host-hubbub_refresh", true],
  ]);
  await context.close();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const own = dial(nginx, "/ws", { cookie, origin: nginx.url });
  expect(await own.next("connected")).toMatchObject({ user_id: ana.id });
  own.close();
  expect(await dial(nginx, "/ws", { cookie, origin: "https://elsewhere.example" }).closes()).toBe(4403);
  const post = (origin: string) =>
    curl(`${trusting(nginx)} -o /dev/null -w "%{http_code}" ${nginx.url}/api/posts -H "Cookie: ${cookie}" -H "Origin: ${origin}" -H "Content-Type: application/json" -d '{"content": "Hello"}'`);
  expect(await post(nginx.url)).toBe("201");
  expect(await post("https://elsewhere.example")).toBe("403");
});

test("S0.61 the address that the proxy forwards is the one that counts, and an invented one is not believed", async ({ behind }) => {
  const { nginx, api } = await behind();
  const ana = await api.join();
  const form = `-H "Content-Type: application/json" -d '{"login": "${ana.username}", "password": "${PASSWORD}"}'`;
  const from = (address: string, more = "") => curlJson(`${trusting(nginx)} --interface ${address} ${more} ${nginx.url}/api/auth/login ${form}`);
  const addresses: string[] = [];
  for (const answer of [await from("127.0.0.2"), await from("127.0.0.3", '-H "X-Forwarded-For: 192.0.2.7"')]) {
    const sessions = await curlJson(`${trusting(nginx)} ${nginx.url}/api/me/sessions -H "Authorization: Bearer ${answer.access_token}"`);
    addresses.push(sessions.find((one: { current: boolean }) => one.current).address);
  }
  expect(addresses).toEqual(["127.0.0.2", "127.0.0.3"]);
});

test("S0.52 S0.53 S0.54 S0.55 S1.37 S2.38 the operations page has sizes and a row for every documented symptom", async () => {
  const page = readFileSync(join(root, "docs/operations.md"), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| "));
  const symptoms = ["fails to connect", "connect_error", "events do not come", "it is slow", "too many connections", "memory grows"];
  for (const symptom of symptoms) expect(rows.filter((row) => row.split(" | ")[0]!.includes(symptom)).length, symptom).toBe(1);
  for (const people of ["up to 1,000", "up to 10,000", "more"]) expect(rows.some((row) => row.startsWith(`| ${people} |`)), people).toBe(true);
});
