// Three servers of one community behind nginx, over PostgreSQL and Redis.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Nginx } from "./nginx";
import { Program } from "./programs";
import { freePort, listens, Server } from "./server";

const SERVERS = 3;
const METRICS_TOKEN = "a-token-for-metrics";

// A PostgreSQL for tests, in which each community gets a database of its own: postgres://user@host:port/…
export const postgres: string | undefined = process.env.HUBBUB_TEST_POSTGRES;

export class Cluster {
  private constructor(
    readonly url: string,
    readonly servers: Server[],
    private readonly stops: (() => Promise<void>)[],
  ) {}

  static async start(): Promise<Cluster> {
    const stops: (() => Promise<void>)[] = [];
    const database = new URL(postgres!);
    database.pathname = `/servers_${process.pid}`;
    const where = ["-h", database.hostname, "-p", database.port, "-U", database.username];
    execFileSync("createdb", [...where, database.pathname.slice(1)]);
    const redisPort = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "hubbub-redis-"));
    const redis = new Program("redis-server", ["--bind", "127.0.0.1", "--port", String(redisPort), "--save", "", "--dir", folder]);
    stops.push(async () => {
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    await listens(redisPort, "Redis", () => redis.text);
    const port = await freePort();
    const settings = {
      DATABASE_URL: database.href,
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      SECRET_KEY: "one key for all servers, long enough",
      HUBBUB_VAPID_KEY: "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
      HUBBUB_UPLOADS_SHARED: "yes",
      HUBBUB_PUBLIC_URL: `http://127.0.0.1:${port}`,
      HUBBUB_TRUSTED_PROXIES: "127.0.0.1",
      HUBBUB_METRICS_TOKEN: METRICS_TOKEN,
    };
    const servers: Server[] = [];
    for (let at = 0; at < SERVERS; at += 1) {
      const server = await Server.start({ settings });
      servers.push(server);
      stops.push(() => server.stop());
    }
    const nginx = await Nginx.before(port, servers.map(({ url }) => new URL(url).host));
    stops.push(() => nginx.stop());
    return new Cluster(nginx.url, servers, stops);
  }

  // Connections at each server, of all dialects.
  async connections(): Promise<number[]> {
    return Promise.all(
      this.servers.map(async ({ url }) => {
        const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
        const counts = [...(await answer.text()).matchAll(/^hubbub_connections\{.*\} (\d+)$/gm)];
        return counts.reduce((sum, [, count]) => sum + Number(count), 0);
      }),
    );
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
