// curl, as people type it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

// What it printed. `line` is what stands after `curl`; words in quotes stay together.
export async function curl(line: string): Promise<string> {
  const words = [...line.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? "");
  const { stdout } = await run("curl", ["--silent", "--show-error", "--max-time", "20", ...words]);
  return stdout;
}

export async function curlJson(line: string): Promise<Record<string, any>> {
  return JSON.parse(await curl(line));
}
