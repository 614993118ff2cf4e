// A plain WebSocket that stays: heartbeat, return after trouble, a clean goodbye. The hooks stand on it.

export type Frame = { type: string } & Record<string, any>;

export interface Handlers {
  onMessage?: (frame: Frame) => void;
  onOpen?: () => void;
  onClose?: (event: CloseEvent) => void;
  onError?: (error: Event) => void;
}

const HEARTBEAT_MS = 30_000;
// 1, 2, 4, 8, 16 s and so on to this.
const WAIT_MAX_MS = 30_000;
const WAIT_AFTER_ABUSE_MS = 30_000;

// What the server means by closing. Everything else passes: return.
const SIGNED_OUT = 4401;
const FORBIDDEN = 4403;
const ABUSIVE = 4429;

export class LiveSocket {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private stopped = true;
  private refused = false;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  // `address` is asked each time, so that a token is never older than the connection it opens; `renew` makes a new one.
  constructor(
    private readonly address: () => Promise<string>,
    private readonly handlers: Handlers,
    private readonly renew: () => Promise<void> = () => Promise.reject(),
  ) {}

  start(): void {
    this.stopped = false;
    // Not `beforeunload` or `unload`: those keep a page out of the cache for going back.
    addEventListener("pagehide", this.leave);
    addEventListener("pageshow", this.comeBack);
    addEventListener("online", this.comeBack);
    void this.open();
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("pagehide", this.leave);
    removeEventListener("pageshow", this.comeBack);
    removeEventListener("online", this.comeBack);
    this.leave();
  }

  send(message: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private readonly leave = (): void => {
    clearTimeout(this.waiting);
    clearInterval(this.heartbeat);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000, "Client disconnecting");
  };

  private readonly comeBack = (): void => {
    if (this.stopped || this.socket) return;
    clearTimeout(this.waiting);
    void this.open();
  };

  private async open(): Promise<void> {
    const address = await this.address().catch(() => null);
    if (this.stopped || this.socket) return;
    if (address === null) return this.returnLater();
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => {
      this.attempt = 0;
      this.heartbeat = setInterval(() => this.send({ type: "ping" }), HEARTBEAT_MS);
      this.handlers.onOpen?.();
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => this.hear(data);
    socket.onerror = (error) => this.handlers.onError?.(error);
    socket.onclose = (event) => this.closed(socket, event);
  }

  private hear(data: string): void {
    this.refused = false;
    // The text `pong` answers the text `ping`, which others send.
    if (data === "pong") return;
    const frame = JSON.parse(data) as Frame;
    if (frame.type !== "pong") this.handlers.onMessage?.(frame);
  }

  private closed(socket: WebSocket, event: CloseEvent): void {
    this.handlers.onClose?.(event);
    // One that was left says so late: another may stand in its place.
    if (this.socket !== socket) return;
    this.socket = null;
    clearInterval(this.heartbeat);
    if (this.stopped || event.code === FORBIDDEN) return;
    if (event.code === SIGNED_OUT) return this.tryWithNewToken();
    this.returnLater(event.code === ABUSIVE ? WAIT_AFTER_ABUSE_MS : 0);
  }

  private tryWithNewToken(): void {
    if (this.refused) return;
    this.refused = true;
    this.renew().then(this.comeBack, () => undefined);
  }

  // By chance within a window that grows: a restart does not bring everybody back in the same moment. It never gives up.
  private returnLater(atLeast = 0): void {
    const window = Math.min(1_000 * 2 ** this.attempt, WAIT_MAX_MS);
    this.attempt += 1;
    this.waiting = setTimeout(this.comeBack, atLeast + Math.random() * window);
  }
}

export const socketAddress = (path: string, ticket: string): string =>
  `${location.origin.replace(/^http/, "ws")}${path}?ticket=${encodeURIComponent(ticket)}`;
