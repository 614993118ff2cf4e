// The program under test: started on a free port with a data folder of its own, stopped by its process id.
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

function program(): string {
  const wanted = process.env.HUBBUB_BINARY;
  const places = wanted ? [resolve(root, wanted)] : [join(root, "target/dist/hubbub"), join(root, "target/debug/hubbub")];
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`There is no program at ${places.join(" or ")}. Build it with: cargo xtask build`);
  return found;
}

// A port of the loopback that is this process's until it ends. Linux gives out ports from 32,768 up by itself, so these are
// nobody else's while a server is down; a UDP socket with the same number keeps it from others who ask here.
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(20_000, 32_000);
    const keeps = createSocket("udp4");
    const probe = createServer();
    try {
      keeps.bind({ port, address: "127.0.0.1", exclusive: true });
      await once(keeps, "listening");
      probe.listen(port, "127.0.0.1");
      await once(probe, "listening");
      probe.close();
      await once(probe, "close");
    } catch {
      keeps.close();
      continue;
    }
    keeps.unref();
    return port;
  }
  throw new Error("There is no free port.");
}

// Waits until somebody listens there; `said` is what they wrote meanwhile.
export async function listens(port: number, what: string, said: () => string): Promise<void> {
  const end = Date.now() + 10_000;
  while (Date.now() < end) {
    const fine = await new Promise<boolean>((told) => {
      const probe = connect(port, "127.0.0.1");
      probe.once("connect", () => (probe.destroy(), told(true))).once("error", () => told(false));
    });
    if (fine) return;
    await new Promise((again) => setTimeout(again, 25));
  }
  throw new Error(`${what} does not listen:\n${said()}`);
}

export interface ServerOptions {
  demo?: boolean;
  // Multiplies every limit. Tests are quicker than people; the spec about limits takes 1.
  limitFactor?: number;
  // A push service of the test.
  pushAllowLocal?: string;
  // Further settings, by their environment variables.
  settings?: Record<string, string>;
}

export class Server {
  private child: ChildProcess | undefined;
  private said = "";

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly options: ServerOptions,
  ) {}

  static async start(options: ServerOptions = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "hubbub-end2end-"));
    const server = new Server(`http://127.0.0.1:${await freePort()}`, folder, options);
    await server.resume();
    return server;
  }

  // Starts it, or starts it again on the same port and data.
  async resume(): Promise<void> {
    const { demo = false, limitFactor = 1_000, pushAllowLocal = "", settings } = this.options;
    const env = {
      PATH: process.env.PATH,
      HUBBUB_ADDR: new URL(this.url).host,
      HUBBUB_DATA_DIR: join(this.folder, "data"),
      HUBBUB_LIMIT_FACTOR: String(limitFactor),
      HUBBUB_LOG: "warn",
      HUBBUB_PUSH_ALLOW_LOCAL: pushAllowLocal,
      ...settings,
    };
    const again = existsSync(env.HUBBUB_DATA_DIR);
    const child = spawn(program(), ["serve", ...(demo && !again ? ["--demo"] : [])], { cwd: this.folder, env });
    this.child = child;
    const hear = (text: Buffer) => (this.said += text.toString());
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    await this.untilReady(child);
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const end = Date.now() + 30_000;
    while (Date.now() < end) {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${this.said}`);
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((again) => setTimeout(again, 25));
    }
    throw new Error(`The server did not get ready:\n${this.said}`);
  }

  // As when the power fails.
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  // The newest letter that says this, once there is one.
  async letter(about: RegExp): Promise<string> {
    const folder = join(this.folder, "data/mail");
    const end = Date.now() + 15_000;
    while (Date.now() < end) {
      const names = existsSync(folder) ? readdirSync(folder).sort().reverse() : [];
      // Lines of a letter are cut, and what is special in it is written as a number.
      const whole = (name: string) => readFileSync(join(folder, name), "utf8").replace(/=\r?\n/g, "").replace(/=3D/g, "=");
      const found = names.map(whole).find((text) => about.test(text));
      if (found) return found;
      await new Promise((again) => setTimeout(again, 50));
    }
    throw new Error(`No letter says ${about}.`);
  }

  // What it wrote to its terminal so far.
  get log(): string {
    return this.said;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(late);
  }
}
