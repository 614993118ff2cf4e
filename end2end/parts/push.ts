// A push service of our own, and what only a browser's maker can do: the keys of a subscription, and waking the worker.
import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  type KeyObject,
  randomBytes,
  verify,
} from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { BrowserContext, Page, Worker } from "@playwright/test";

export interface Note {
  tag: string;
  title: string;
  body: string;
  href: string;
  timestamp: string;
}

export interface Taken {
  // Where it came: which subscription it was for.
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  note: Note;
}

const bytes = (text: string): Buffer => Buffer.from(text, "base64url");

export class PushService {
  readonly taken: Taken[] = [];
  // What it answers next.
  status = 201;

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly keys: ECDH,
    private readonly secret: Buffer,
  ) {}

  static async start(): Promise<PushService> {
    const keys = createECDH("prime256v1");
    keys.generateKeys();
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The push service got no port.");
    const service = new PushService(`http://127.0.0.1:${address.port}`, server, keys, randomBytes(16));
    server.on("request", async (request, answer) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const text = service.open(Buffer.concat(parts));
      service.taken.push({ path: request.url ?? "", headers: request.headers, text, note: JSON.parse(text) as Note });
      answer.writeHead(service.status).end();
    });
    return service;
  }

  // As a browser puts it into JSON.
  subscription(name = "device"): object {
    const keys = { p256dh: this.keys.getPublicKey("base64url"), auth: this.secret.toString("base64url") };
    return { endpoint: `${this.url}/push/${name}`, expirationTime: null, keys };
  }

  // RFC 8291, as the browser opens it.
  private open(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const keyLength = body[20] ?? 0;
    const theirs = body.subarray(21, 21 + keyLength);
    const sealed = body.subarray(21 + keyLength);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.keys.getPublicKey(), theirs]);
    const expand = (key: Buffer, from: Buffer, about: Buffer, length: number) =>
      Buffer.from(hkdfSync("sha256", key, from, about, length));
    const mixed = expand(this.keys.computeSecret(theirs), this.secret, info, 32);
    const key = expand(mixed, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
    const nonce = expand(mixed, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
    const cipher = createDecipheriv("aes-128-gcm", key, nonce);
    cipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
    if (plain.at(-1) !== 2) throw new Error("This is not the last record.");
    return plain.subarray(0, -1).toString();
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }
}

// The claims of a push's signature (RFC 8292), once it is found to be of this key.
export function claimsOf(taken: Taken, publicKey: string): { aud: string; exp: number; sub: string } {
  const [, token = "", key = ""] = /^vapid t=([^,]+), k=(.+)$/.exec(taken.headers.authorization ?? "") ?? [];
  if (key !== publicKey) throw new Error("It is signed with another key.");
  const point = bytes(key);
  const coordinates = { x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const made: KeyObject = createPublicKey({ key: { kty: "EC", crv: "P-256", ...coordinates }, format: "jwk" });
  const [head = "", claims = "", signature = ""] = token.split(".");
  const fits = verify("sha256", Buffer.from(`${head}.${claims}`), { key: made, dsaEncoding: "ieee-p1363" }, bytes(signature));
  if (!fits) throw new Error("The signature does not fit.");
  return JSON.parse(bytes(claims).toString());
}

// Browsers of tests have no push service: instead of asking one for a subscription, the page is given this.
export async function standInForTheVendor(page: Page, subscription: object): Promise<void> {
  await page.addInitScript((given) => {
    const HELD = "test:subscription";
    const made = {
      toJSON: () => given,
      unsubscribe: async () => {
        localStorage.removeItem(HELD);
        return true;
      },
    };
    Object.assign(PushManager.prototype, {
      subscribe: async (options: PushSubscriptionOptionsInit) => {
        localStorage.setItem(HELD, String(options.applicationServerKey));
        return made;
      },
      getSubscription: async () => (localStorage.getItem(HELD) ? made : null),
    });
  }, subscription);
}

interface Registrations {
  registrations: { registrationId: string; scopeURL: string; isDeleted: boolean }[];
}

// Hands a message to the site's service worker, as the browser does when one comes from its push service.
export async function deliver(page: Page, text: string): Promise<void> {
  const origin = new URL(page.url()).origin;
  const debug = await page.context().newCDPSession(page);
  const found = new Promise<string>((resolve) => {
    debug.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }: Registrations) => {
      const ours = registrations.find((one) => one.scopeURL === `${origin}/` && !one.isDeleted);
      if (ours) resolve(ours.registrationId);
    });
  });
  await debug.send("ServiceWorker.enable");
  await debug.send("ServiceWorker.deliverPushMessage", { origin, registrationId: await found, data: text });
  await debug.detach();
}

export interface Shown {
  title: string;
  body: string;
  tag: string;
}

// What the service worker shows now.
export const shown = (page: Page): Promise<Shown[]> =>
  page.evaluate(async () => {
    const notifications = await (await navigator.serviceWorker.ready).getNotifications();
    return notifications.map(({ title, body, tag }) => ({ title, body, tag }));
  });

// The site's service worker, also while no page is open.
function workerOf(context: BrowserContext): Worker {
  const worker = context.serviceWorkers()[0];
  if (!worker) throw new Error("There is no service worker.");
  return worker;
}

// As a press on what is shown under this tag.
export async function press(where: Page | BrowserContext, tag: string): Promise<void> {
  const context = "context" in where ? where.context() : where;
  await workerOf(context).evaluate(async (wanted) => {
    const here = globalThis as unknown as {
      registration: ServiceWorkerRegistration;
      NotificationEvent: new (type: string, about: { notification: Notification }) => Event;
    };
    const [notification] = await here.registration.getNotifications({ tag: wanted });
    if (!notification) throw new Error("Nothing is shown under this tag.");
    dispatchEvent(new here.NotificationEvent("notificationclick", { notification }));
  }, tag);
}

// Only a press of a real hand lets a worker open a window: from here on it is noted which one it wanted.
export async function noteWindows(context: BrowserContext): Promise<() => Promise<string[]>> {
  const worker = workerOf(context);
  await worker.evaluate(() => {
    const here = globalThis as unknown as { clients: object; wanted: string[] };
    here.wanted = [];
    const openWindow = async (url: string) => void here.wanted.push(url);
    Object.defineProperty(here.clients, "openWindow", { value: openWindow });
  });
  return () => worker.evaluate(() => (globalThis as unknown as { wanted: string[] }).wanted);
}

// As when the browser's push service gives the device another address: with the new subscription, or leaving it to the
// worker to ask for one, which then gets `subscription`.
export async function changeSubscription(page: Page, subscription: object, is: "told" | "left to the worker"): Promise<void> {
  await workerOf(page.context()).evaluate(
    ({ given, isTold }) => {
      const here = globalThis as unknown as {
        PushManager: { prototype: object };
        ExtendableEvent: new (type: string) => Event;
        askedWith?: unknown;
      };
      const made = { toJSON: () => given };
      const subscribe = async (options: { userVisibleOnly: boolean; applicationServerKey: string }) => {
        if (!options.userVisibleOnly) throw new Error("Browsers insist that pushes show something.");
        here.askedWith = options.applicationServerKey;
        return made;
      };
      Object.assign(here.PushManager.prototype, { subscribe });
      const news = { newSubscription: isTold ? made : null, oldSubscription: null };
      dispatchEvent(Object.assign(new here.ExtendableEvent("pushsubscriptionchange"), news));
    },
    { given: subscription, isTold: is === "told" },
  );
}

// The key with which the worker asked for a subscription.
export const askedWith = (page: Page): Promise<unknown> =>
  workerOf(page.context()).evaluate(() => (globalThis as unknown as { askedWith?: unknown }).askedWith);
