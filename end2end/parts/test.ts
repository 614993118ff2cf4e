// The test function of all specs: server, people, signed-in browsers, and the guard over every page.
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { Guard } from "./guard";
import { Api, type Person, takeCookies } from "./people";
import { Server, type ServerOptions } from "./server";

export interface Fixtures {
  api: Api;
  guard: Guard;
  // Another server, for tests that need an empty community, limits, or kill it.
  ownServer: (options?: ServerOptions) => Promise<Server>;
  // A page in a browser of its own; signed in as this person, or signed out.
  browserOf: (person?: Person, server?: Server) => Promise<Page>;
  // A new person and their browser.
  member: (stem?: string, fullName?: string) => Promise<{ person: Person; page: Page }>;
}

export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  api: async ({ server }, use) => use(new Api(server.url)),

  guard: [
    async ({}, use) => {
      const guard = new Guard();
      await use(guard);
      expect(guard.found, "the console stays clean and nothing leaves the site").toEqual([]);
    },
    { auto: true },
  ],

  page: async ({ page, context, server, guard }, use) => {
    guard.watch(context, server.url);
    await use(page);
  },

  ownServer: async ({}, use) => {
    const started: Server[] = [];
    await use(async (options) => {
      const server = await Server.start(options);
      started.push(server);
      return server;
    });
    for (const server of started) await server.stop();
  },

  browserOf: async ({ browser, server, guard }, use) => {
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (person, at = server) => {
      const context = await browser.newContext({ baseURL: at.url });
      contexts.push(context);
      guard.watch(context, at.url);
      if (person) await takeCookies(context, at.url, person);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },

  member: async ({ api, browserOf }, use) => {
    await use(async (stem, fullName) => {
      const person = await api.join(stem, fullName);
      return { person, page: await browserOf(person) };
    });
  },
});

export { expect };
export type { Page } from "@playwright/test";

export const isScripted = (): boolean => test.info().project.use.javaScriptEnabled !== false;

// Opens a page and, with JavaScript, waits until it is awake: what is pressed before is a plain form or link.
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await awake(page);
}

// Pages of those who are signed in, which have a bell, also fetch the code that keeps them live.
export async function awake(page: Page): Promise<void> {
  if (!isScripted()) return;
  const root = page.locator("html");
  await expect(root).toHaveAttribute("data-awake");
  if (await page.locator("#bell").count()) await expect(root).toHaveAttribute("data-live");
}

// A press shows at once and is stored a moment later. What others do next waits for the stored one.
export async function pressed(page: Page, button: Locator): Promise<void> {
  const stored = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().includes("/sfn/"));
  await button.click();
  await stored;
}
