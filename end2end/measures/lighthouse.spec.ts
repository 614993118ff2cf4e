// What Lighthouse says of the pages people open most, signed in, each opened by a browser that has seen nothing yet.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Api, type Person, takeCookies } from "../parts/people";
import { freePort } from "../parts/server";
import { expect, test } from "../parts/test";

const lighthouse = resolve(__dirname, "../../node_modules/lighthouse/cli/index.js");
const DEVICES = { phone: ["--form-factor=mobile"], desk: ["--preset=desktop"] };
// A machine that does much else loses a trace now and then.
const TRIES = 3;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

interface Audit {
  title: string;
  score: number | null;
  numericValue?: number;
  displayValue?: string;
}

interface Report {
  categories: Record<string, { score: number; auditRefs: { id: string; weight: number }[] }>;
  audits: Record<string, Audit>;
}

test("lighthouse", async ({ ownServer, playwright, launchOptions }) => {
  test.setTimeout(1_800_000);
  const server = await ownServer({ demo: true });
  // The community is written while the server already listens.
  await expect.poll(() => server.log).toMatch(/mina/);
  const api = new Api(server.url);
  const mina = await api.signIn({ username: "mina", password: "the kettle is on again" } as Person);
  const talks = await api.send<{ items: { conversation_id: string }[] }>("GET", "/api/conversations", mina.token);
  const pages = { feed: "/", thread: `/messages/${talks.items[0]!.conversation_id}`, bell: "/notifications", profile: "/@ana" };

  const inspect = async (path: string, flags: string[], tries = TRIES): Promise<Report> => {
    const folder = mkdtempSync(join(tmpdir(), "hubbub-lighthouse-"));
    const port = await freePort();
    const args = [...(launchOptions.args ?? []), `--remote-debugging-port=${port}`];
    const context = await playwright.chromium.launchPersistentContext(join(folder, "browser"), { ...launchOptions, args });
    try {
      await takeCookies(context, server.url, mina);
      const output = join(folder, "report.json");
      const how = ["--quiet", "--output=json", `--output-path=${output}`, `--port=${port}`, "--disable-storage-reset"];
      const only = `--only-categories=${CATEGORIES.join(",")}`;
      await promisify(execFile)(process.execPath, [lighthouse, server.url + path, ...how, only, ...flags]);
      return JSON.parse(readFileSync(output, "utf8")) as Report;
    } catch (cause) {
      if (tries > 1) return await inspect(path, flags, tries - 1);
      throw cause;
    } finally {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    }
  };

  for (const [device, flags] of Object.entries(DEVICES)) {
    for (const [name, path] of Object.entries(pages)) {
      const { categories, audits } = await inspect(path, flags);
      const scores = CATEGORIES.map((one) => `${one} ${Math.round(categories[one]!.score * 100)}`);
      const value = (audit: string, digits: number, per = 1) => ((audits[audit]?.numericValue ?? NaN) / per).toFixed(digits);
      const times = [
        `LCP ${value("largest-contentful-paint", 2, 1_000)} s`,
        `TBT ${value("total-blocking-time", 0)} ms`,
        `CLS ${value("cumulative-layout-shift", 3)}`,
      ];
      console.log(`lighthouse: ${name}, ${device}: ${[...scores, ...times].join(", ")}`);
      const weighed = CATEGORIES.flatMap((one) => categories[one]!.auditRefs.filter(({ weight }) => weight > 0));
      for (const { id } of weighed) {
        const { score, title, displayValue } = audits[id]!;
        if (score !== null && score < 0.9) console.log(`  ${id} ${score}: ${title} ${displayValue ?? ""}`);
      }
    }
  }
});
