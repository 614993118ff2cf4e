// Pictures of every page with the demo community, into test-results/screens/. Run with: --project=screenshots
import { join } from "node:path";
import { Api, type Person, takeCookies } from "./parts/people";
import { awake, expect, test } from "./parts/test";

const WIDTHS = [390, 1280];
const SCHEMES = ["light", "dark"] as const;
const FOLDER = join(__dirname, "test-results/screens");

test("screens", async ({ ownServer, browser }) => {
  test.setTimeout(300_000);
  const server = await ownServer({ demo: true });
  // The community is written while the server already listens.
  await expect.poll(() => server.log).toMatch(/mina/);
  const api = new Api(server.url);
  const mina = await api.signIn({ username: "mina", password: "the kettle is on again" } as Person);
  const feed = await api.send<{ items: { id: string; content: string }[] }>("GET", "/api/feed?limit=30", mina.token);
  const post = feed.items.find((one) => one.content.startsWith("Opened the kiln"))!;
  const talks = await api.send<{ items: { conversation_id: string; kind: string }[] }>("GET", "/api/conversations", mina.token);
  const [pair, group] = ["direct", "group"].map((kind) => talks.items.find((one) => one.kind === kind)!.conversation_id);
  const inside: [string, string][] = [
    ["messages", "/messages"],
    ["new-message", "/messages/new"],
    ["thread", `/messages/${pair}`],
    ["group", `/messages/${group}`],
    ["group-details", `/messages/${group}/details`],
    ["feed", "/"],
    ["following", "/?feed=following"],
    ["post", `/posts/${post.id}`],
    ["profile", "/@ana"],
    ["own-profile", "/@mina"],
    ["followers", "/@ana/followers"],
    ["tag", "/tags/openstudio"],
    ["search", "/search?q=m"],
    ["settings", "/settings"],
    ["devices", "/settings/sessions"],
    ["not-found", "/no/such/page"],
  ];
  const outside: [string, string][] = [
    ["sign-in", "/sign-in"],
    ["sign-up", "/sign-up"],
  ];
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const height = width === 390 ? 844 : 900;
      const context = await browser.newContext({ baseURL: server.url, viewport: { width, height }, colorScheme, deviceScaleFactor: 1.5 });
      const page = await context.newPage();
      const take = async ([name, path]: [string, string]) => {
        await page.goto(path, { waitUntil: "networkidle" });
        await awake(page);
        await page.screenshot({ path: join(FOLDER, `${name}-${width}-${colorScheme}.png`) });
      };
      for (const screen of outside) await take(screen);
      await takeCookies(context, server.url, mina);
      for (const screen of inside) await take(screen);
      await context.close();
    }
  }
});
