// Socket.IO clients as other people's programs use them, outside of a browser.
import { io, type Socket } from "socket.io-client";

export type Transports = ("websocket" | "polling")[];

const PATIENCE_MS = 10_000;

// The next event of this name with these fields.
export function next<T = Record<string, unknown>>(socket: Socket, event: string, having: object = {}): Promise<T> {
  return new Promise((found, missing) => {
    const late = setTimeout(() => missing(new Error(`no ${event} came`)), PATIENCE_MS);
    const hear = (data: T) => {
      if (!Object.entries(having).every(([field, value]) => (data as Record<string, unknown>)[field] === value)) return;
      clearTimeout(late);
      socket.off(event, hear);
      found(data);
    };
    socket.on(event, hear);
  });
}

// Whether an event of this name comes before the answer to a ping.
export async function comes(socket: Socket, event: string): Promise<boolean> {
  let came = false;
  const hear = () => (came = true);
  socket.on(event, hear);
  const pong = next(socket, "pong");
  socket.emit("ping");
  await pong;
  socket.off(event, hear);
  return came;
}

export class Sockets {
  private readonly open: Socket[] = [];

  constructor(private readonly url: string) {}

  // A client as the documents write it.
  dial(token: string | undefined, transports: Transports): Socket {
    const socket = io(this.url, { auth: token === undefined ? {} : { token }, transports, forceNew: true });
    this.open.push(socket);
    return socket;
  }

  async connect(token: string, transports: Transports): Promise<Socket> {
    const socket = this.dial(token, transports);
    await next(socket, "connected");
    return socket;
  }

  close(): void {
    for (const socket of this.open) socket.disconnect();
  }
}
