// Debian's nginx with the configurations that we give, on a free port and in a folder of its own.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, root } from "./programs";
import { freePort, listens } from "./server";

const page = (): string => readFileSync(join(root, "docs/operations.md"), "utf8");

export function documented(): string {
  const block = /```nginx\n([\s\S]*?)```/.exec(page());
  if (!block) throw new Error("docs/operations.md has no block of nginx");
  return block[1]!;
}

const temporaryIn = (folder: string): string =>
  ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");

export class Nginx {
  private constructor(
    readonly url: string,
    readonly port: number,
    readonly plainPort: number,
    private readonly folder: string,
    private readonly program: Program,
  ) {}

  // `change` makes something of the configuration that the documents do not say.
  static async start(port: number, upstream: string, change: (config: string) => string = (config) => config): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), "hubbub-nginx-"));
    const plainPort = await freePort();
    const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const files = ["-keyout", join(folder, "privkey.pem"), "-out", join(folder, "fullchain.pem")];
    execFileSync("openssl", [...words, ...names, ...files], { stdio: "ignore" });
    // The places of this machine instead of the documented ones; nothing else is touched.
    const replaced = [
      ["127.0.0.1:10000", upstream],
      ["listen 443", `listen 127.0.0.1:${port}`],
      ["listen 80", `listen 127.0.0.1:${plainPort}`],
      ["/etc/letsencrypt/live/hubbub.example", folder],
      ["/var/log/nginx", folder],
      ["hubbub.example", "localhost"],
    ] as const;
    const site = replaced.reduce((config, [from, to]) => {
      if (!config.includes(from)) throw new Error(`the documented configuration has no ${from}`);
      return config.replaceAll(from, to);
    }, documented());
    const config = `events {} http { access_log off; ${temporaryIn(folder)}\n${change(site)}\n}`;
    return Nginx.with(`worker_processes 1; ${config}`, folder, `https://localhost:${port}`, port, plainPort);
  }

  // In front of several servers, as deploy/nginx.conf has it.
  static async before(port: number, servers: string[]): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), "hubbub-nginx-"));
    const each = (line: string) => servers.map((server) => line.replace("hubbub:10000", server)).join("\n");
    const config = readFileSync(join(root, "deploy/nginx.conf"), "utf8")
      .replace(/.*server hubbub:10000.*/g, each)
      .replace("listen 80", `listen 127.0.0.1:${port}`)
      .replace("/var/log/nginx", folder)
      .replace("worker_connections 32768", "worker_connections 1024")
      .replace("http {", `http { ${temporaryIn(folder)}`);
    return Nginx.with(config, folder, `http://127.0.0.1:${port}`, port, port);
  }

  private static async with(config: string, folder: string, url: string, port: number, plainPort: number): Promise<Nginx> {
    const user = process.getuid?.() === 0 ? "user root;" : "";
    writeFileSync(join(folder, "nginx.conf"), `${user} daemon off; pid ${folder}/pid; error_log stderr;\n${config}`);
    const binary = existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
    const program = new Program(binary, ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")]);
    const nginx = new Nginx(url, port, plainPort, folder, program);
    await listens(port, "nginx", () => program.text);
    return nginx;
  }

  get certificate(): string {
    return join(this.folder, "fullchain.pem");
  }

  get accessLog(): string {
    return readFileSync(join(this.folder, "hubbub.log"), "utf8");
  }

  async stop(): Promise<void> {
    await this.program.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
