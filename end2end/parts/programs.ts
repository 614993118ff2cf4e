// Other people's programs, run as they would run them: what they write is read line by line.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export const root = resolve(__dirname, "../..");

const PATIENCE_MS = 20_000;

export class Program {
  readonly lines: string[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly child: ChildProcess;
  private code: number | undefined;
  private readonly ears: ((line: string) => void)[] = [];

  constructor(command: string, words: string[], env: Record<string, string> = {}) {
    this.child = spawn(command, words, { cwd: root, env: { ...process.env, PYTHONUNBUFFERED: "1", ...env } });
    for (const pipe of [this.child.stdout, this.child.stderr]) this.read(pipe);
    this.child.on("error", (cause) => this.add(`${command} cannot be run: ${cause.message}`));
    // All it wrote has been read by then.
    this.child.on("close", (code) => {
      this.code = code ?? -1;
      this.wake();
    });
  }

  // The first line, from `from` on, that this accepts, and what it makes of it.
  async hears<T>(accept: (line: string) => T | undefined | false, what: string): Promise<T> {
    let seen = 0;
    return this.until(() => {
      while (seen < this.lines.length) {
        const found = accept(this.lines[seen++]!);
        if (found !== undefined && found !== false) return found;
      }
      if (this.code !== undefined) throw new Error(`It ended with ${this.code}, without ${what}:\n${this.text}`);
      return undefined;
    }, what);
  }

  says(pattern: RegExp): Promise<string> {
    return this.hears((line) => pattern.test(line) && line, String(pattern));
  }

  // The next event of a program that writes `["name", {…}]`.
  event<T = Record<string, any>>(name: string, having: object = {}): Promise<T> {
    return this.hears((line) => {
      if (!line.startsWith("[")) return undefined;
      const [event, data] = JSON.parse(line);
      const fits = event === name && Object.entries(having).every(([field, value]) => data?.[field] === value);
      return fits ? (data as T) : undefined;
    }, `${name} ${JSON.stringify(having)}`);
  }

  write(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  // Ends its input, after which programs that read it end.
  finish(): void {
    this.child.stdin?.end();
  }

  ends(withinMs = PATIENCE_MS): Promise<number> {
    return this.until(() => this.code, "its end", withinMs);
  }

  async stop(): Promise<void> {
    if (this.code === undefined) this.child.kill("SIGTERM");
    await this.ends().catch(() => this.child.kill("SIGKILL"));
  }

  get text(): string {
    return this.lines.join("\n");
  }

  private until<T>(look: () => T | undefined, what: string, withinMs = PATIENCE_MS): Promise<T> {
    return new Promise((found, failed) => {
      const late = setTimeout(() => finish(() => failed(new Error(`It did not come to ${what}:\n${this.text}`))), withinMs);
      const finish = (then: () => void) => {
        clearTimeout(late);
        this.listeners.delete(check);
        then();
      };
      const check = () => {
        try {
          const value = look();
          if (value !== undefined) finish(() => found(value));
        } catch (cause) {
          finish(() => failed(cause));
        }
      };
      this.listeners.add(check);
      check();
    });
  }

  private read(pipe: NodeJS.ReadableStream | null): void {
    let rest = "";
    pipe?.on("data", (bytes: Buffer) => {
      const parts = (rest + bytes.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) this.add(line);
    });
    pipe?.on("end", () => rest && this.add(rest));
  }

  // Hears every line as it comes, beside whoever asks for one.
  listen(heard: (line: string) => void): void {
    this.ears.push(heard);
  }

  private add(line: string): void {
    this.lines.push(line);
    for (const heard of this.ears) heard(line);
    this.wake();
  }

  private wake(): void {
    for (const check of [...this.listeners]) check();
  }
}

// Python with the libraries of end2end/python/requirements.txt; `cargo xtask test` puts it there.
export function python(): string {
  const tools = process.env.HUBBUB_CACHE || join(homedir(), ".cache/hubbub/tools");
  const place = process.env.HUBBUB_PYTHON || join(tools, "python/bin/python");
  if (!existsSync(place)) throw new Error(`There is no Python at ${place}. Prepare it with: cargo xtask test browser`);
  return place;
}
