// How the product feels in a real browser: waking, a like on a slow processor, long lists, and what moves under a reader.
import type { CDPSession } from "@playwright/test";
import { likeOf } from "../parts/feed";
import { threadOf } from "../parts/messages";
import { Api, type Person } from "../parts/people";
import { awake, expect, open, type Page, test } from "../parts/test";

// Pages are asked for their memory by a script of ours, which their policy would refuse.
test.use({ bypassCSP: true });

const SLOW = 4;
const POSTS = Number(process.env.MEASURE_POSTS ?? 5_000);
const MESSAGES = Number(process.env.MEASURE_MESSAGES ?? 10_000);
// Pixels a frame: as fast as a hard flick.
const PACE = 160;
// Requests under way at once while a community is filled.
const HANDS = 24;

const whole = (value: number): string => value.toFixed(0);
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

async function many(count: number, act: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const hand = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
}

async function slowed(page: Page, rate: number): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
  return session;
}

// What a tab holds after its garbage was collected.
async function held(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes } = await session.send("Memory.getDOMCounters");
  await session.detach();
  const wasm = await page.evaluate(async () => {
    const script = performance.getEntriesByType("resource").find(({ name }) => /\/pkg\/hubbub\.[^/]*js$/.test(name))!;
    // Once awake, it hands out what it has instead of loading anew.
    const app = (await import(script.name)) as { default(): Promise<{ memory: WebAssembly.Memory }> };
    return (await app.default()).memory.buffer.byteLength;
  });
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  return `${elements} elements, ${nodes} nodes, ${megabytes(usedSize)} MB of script, ${megabytes(wasm)} MB of WebAssembly`;
}

// Scrolls at a steady pace until the list is whole, which `whole` says, or nothing comes any more; the length of each frame.
async function scroll(page: Page, scroller: string | null, whole: string, pace: number): Promise<number[]> {
  return page.evaluate(
    async ({ scroller, whole, pace }) => {
      const place = scroller === null ? document.scrollingElement! : document.querySelector(scroller)!;
      const frame = () => new Promise<number>((drawn) => requestAnimationFrame(drawn));
      const frames: number[] = [];
      let [last, stood] = [await frame(), 0];
      while (stood < 600) {
        const before = place.scrollTop;
        place.scrollBy({ top: pace, behavior: "instant" });
        const now = await frame();
        frames.push(now - last);
        last = now;
        stood = place.scrollTop === before ? stood + 1 : 0;
        if (stood > 30 && document.querySelector(whole)) break;
      }
      return frames;
    },
    { scroller, whole, pace },
  );
}

function told(frames: number[]): string {
  const over = (limit: number) => frames.filter((length) => length > limit).length;
  return `${frames.length} frames, ${over(34)} longer than 34 ms, ${over(50)} longer than 50 ms, longest ${whole(Math.max(...frames))} ms`;
}

async function tellScrolling(page: Page, what: string, frames: number[]): Promise<void> {
  const tenth = Math.floor(frames.length / 10);
  console.log(`feel: ${what}: ${told(frames)}; first tenth: ${told(frames.slice(0, tenth))}; last tenth: ${told(frames.slice(-tenth))}`);
}

test("waking", async ({ member, api, browserOf }) => {
  test.setTimeout(600_000);
  const { person } = await member("waker");
  for (let at = 0; at < 20; at += 1) await api.post(person, `A post to wake up to, number ${at}`);
  for (const rate of [1, SLOW]) {
    const [since, after]: number[][] = [[], []];
    for (let run = 0; run < 5; run += 1) {
      const page = await browserOf(person);
      await page.addInitScript(() => {
        new MutationObserver((_, observer) => {
          if (!document.documentElement?.hasAttribute("data-awake")) return;
          observer.disconnect();
          performance.mark("awake");
        }).observe(document, { subtree: true, childList: true, attributes: true });
      });
      await slowed(page, rate);
      await open(page, "/");
      const times = await page.evaluate(() => {
        const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
        const fetched = files.filter(({ name }) => /\/pkg\/hubbub\.[^/]*wasm$/.test(name)).map(({ responseEnd }) => responseEnd);
        return { awake: performance.getEntriesByName("awake")[0]!.startTime, fetched: Math.max(...fetched) };
      });
      since!.push(times.awake);
      after!.push(times.awake - times.fetched);
      await page.context().close();
    }
    const words = rate === 1 ? "full speed" : `${rate} × slower`;
    console.log(
      `feel: waking, ${words}: ${whole(quantile(after!, 0.5))} ms from the code being there to the page being awake, ` +
        `${whole(quantile(since!, 0.5))} ms from the request (medians of ${after!.length})`,
    );
  }
});

test("likes", async ({ member, api }) => {
  test.setTimeout(600_000);
  const { person, page } = await member("liker");
  for (let at = 0; at < 20; at += 1) await api.post(person, `A post to like, number ${at}`);
  await open(page, "/");
  // What it fetches ahead has come.
  await page.waitForTimeout(6_000);
  await page.evaluate(() => {
    const seen = new Map<number, number>();
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId: number })[]) {
        if (entry.interactionId) seen.set(entry.interactionId, Math.max(entry.duration, seen.get(entry.interactionId) ?? 0));
      }
    });
    observer.observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    Object.assign(window, { seen });
  });
  for (const rate of [1, SLOW]) {
    await page.evaluate(() => (window as unknown as { seen: Map<number, number> }).seen.clear());
    const session = await slowed(page, rate);
    const articles = (await page.getByRole("article").all()).slice(0, 20);
    for (const article of articles) {
      await likeOf(article).click();
      await page.waitForTimeout(300);
    }
    const told = await page.evaluate(() => [...(window as unknown as { seen: Map<number, number> }).seen.values()]);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    // What was shorter is not told.
    const all = [...told, ...Array.from({ length: Math.max(0, articles.length - told.length) }, () => 16)];
    const words = rate === 1 ? "full speed" : `${rate} × slower`;
    console.log(`feel: a like, ${words}: p50 ${quantile(all, 0.5)} ms, p75 ${quantile(all, 0.75)} ms, longest ${Math.max(...all)} ms of ${all.length} presses`);
  }
});

test("live traffic", async ({ member, api }) => {
  test.setTimeout(600_000);
  const author = await api.join("traffic");
  const posts = [];
  for (let at = 0; at < 20; at += 1) posts.push(await api.post(author, `A post among others, number ${at}`));
  const { page } = await member("looker");
  await page.addInitScript(() => {
    const moved = { score: 0, by: [] as string[] };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources?: { node?: Node }[] })[]) {
        moved.score += entry.value;
        for (const { node } of entry.sources ?? []) moved.by.push((node as Element | null)?.outerHTML?.slice(0, 120) ?? "?");
      }
    }).observe({ type: "layout-shift", buffered: true });
    Object.assign(window, { moved });
  });
  await open(page, "/");
  await page.mouse.wheel(0, 400);
  for (let at = 0; at < 60; at += 1) {
    const post = posts[at % posts.length]!;
    const other = await api.join("passer");
    await api.like(other, post);
    await api.comment(other, post, "Passing by");
    if (at % 5 === 0) await api.post(author, `News, number ${at}`);
  }
  await page.waitForTimeout(1_000);
  const moved = await page.evaluate(() => (window as unknown as { moved: { score: number; by: string[] } }).moved);
  console.log(`feel: live traffic: layout shift ${moved.score.toFixed(4)} under 60 likes, 60 comments and 12 posts`);
  for (const what of new Set(moved.by)) console.log(`  moved: ${what}`);
});

test("a long feed", async ({ ownServer, browserOf }) => {
  test.setTimeout(1_800_000);
  const server = await ownServer({ limitFactor: 1_000_000 });
  const api = new Api(server.url);
  const author = await api.join("prolific");
  await many(POSTS, (at) => api.post(author, `Post number ${at}. The celadon went exactly the green we argued about for a month.`));
  const page = await browserOf(author, server);
  await open(page, "/");
  console.log(`feel: a feed of 20 posts: ${await held(page)}`);
  const frames = await scroll(page, null, `[aria-posinset="${POSTS}"]`, PACE);
  await expect(page.getByText("Post number 0.")).toBeAttached();
  await tellScrolling(page, `a feed of ${POSTS} posts, scrolled down at ${PACE} pixels a frame`, frames);
  console.log(`feel: a feed of ${POSTS} posts: ${await held(page)}`);
  const back = await scroll(page, null, "[aria-posinset='1']", -PACE);
  await tellScrolling(page, "the same, scrolled back up", back);
  console.log(`feel: a feed of ${POSTS} posts, at its top again: ${await held(page)}`);
});

test("a long thread", async ({ ownServer, browserOf }) => {
  test.setTimeout(1_800_000);
  const server = await ownServer({ limitFactor: 1_000_000 });
  const api = new Api(server.url);
  const pair: [Person, Person] = [await api.join("talker"), await api.join("listener")];
  await api.befriend(...pair);
  const talk = await api.begin(pair[0], [pair[1]]);
  await many(MESSAGES, (at) => api.say(pair[at % 2]!, talk, `Message number ${at}. The shelf by the window is free.`));
  const page = await browserOf(pair[0], server);
  await open(page, threadOf(talk));
  await awake(page);
  console.log(`feel: the newest page of a thread: ${await held(page)}`);
  const frames = await scroll(page, ".from-the-end", "[role=log]:not(:has(a[href*='?before=']))", -PACE);
  await tellScrolling(page, `a thread of ${MESSAGES} messages, scrolled up at ${PACE} pixels a frame`, frames);
  console.log(`feel: a thread of ${MESSAGES} messages: ${await held(page)}`);
});
