// A plain WebSocket outside of a browser, as a console client has it: frames in the order they came.
import WebSocket from "ws";

const PATIENCE_MS = 10_000;

export type Frame = Record<string, any>;

export class Plain {
  readonly frames: string[] = [];
  code: number | undefined;
  private read = 0;
  private readonly ears: ((frame: Frame) => void)[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly socket: WebSocket;

  constructor(url: string, options: object = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on("message", (data: Buffer) => {
      const text = data.toString();
      this.note(() => this.frames.push(text));
      if (text.startsWith("{")) for (const heard of this.ears) heard(JSON.parse(text));
    });
    this.socket.on("close", (code: number) => this.note(() => (this.code = code)));
    this.socket.on("error", (cause: Error) => this.note(() => this.frames.push(`error: ${cause.message}`)));
  }

  // Hears every frame as it comes, beside whoever asks for the next.
  listen(heard: (frame: Frame) => void): void {
    this.ears.push(heard);
  }

  opens(): Promise<true> {
    this.socket.once("open", () => this.note(() => undefined));
    return this.until(() => this.socket.readyState === WebSocket.OPEN || undefined, "open");
  }

  async send(message: object | string): Promise<void> {
    await this.opens();
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  // The next frame, as text.
  text(): Promise<string> {
    return this.until(() => this.frames[this.read] && this.frames[this.read++], "a frame");
  }

  // The next frame of this type and with these fields; those before it are skipped.
  async next(type: string, having: Frame = {}): Promise<Frame> {
    for (;;) {
      const text = await this.text().catch((cause) => {
        throw new Error(`no ${type} ${JSON.stringify(having)} came: ${cause.message}`);
      });
      if (!text.startsWith("{")) continue;
      const frame = JSON.parse(text) as Frame;
      const fits = Object.entries(having).every(([field, value]) => JSON.stringify(frame[field]) === JSON.stringify(value));
      if (frame.type === type && fits) return frame;
    }
  }

  // Everything that came before the answer to a ping.
  async soFar(): Promise<Frame[]> {
    await this.send({ type: "ping" });
    const frames: Frame[] = [];
    for (;;) {
      const frame = JSON.parse(await this.text()) as Frame;
      if (frame.type === "pong") return frames;
      frames.push(frame);
    }
  }

  closes(): Promise<number> {
    return this.until(() => this.code, "closed");
  }

  close(code = 1000): void {
    if (this.socket.readyState === WebSocket.CONNECTING) this.socket.terminate();
    else this.socket.close(code);
  }

  private note(what: () => unknown): void {
    what();
    for (const check of [...this.listeners]) check();
  }

  private until<T>(look: () => T | undefined | "", what: string): Promise<T> {
    return new Promise((found, failed) => {
      const late = setTimeout(() => {
        this.listeners.delete(check);
        failed(new Error(`the socket did not come to ${what}; it has ${this.frames.slice(-5).join(" | ")}`));
      }, PATIENCE_MS);
      const check = () => {
        const value = look();
        if (value === undefined || value === "") return;
        clearTimeout(late);
        this.listeners.delete(check);
        found(value);
      };
      this.listeners.add(check);
      check();
    });
  }
}
