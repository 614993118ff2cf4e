// Watches a page: its console stays clean, and nothing is asked of any other site.
import type { BrowserContext } from "@playwright/test";

export class Guard {
  private readonly faults: string[] = [];
  // What the browser says by itself when a page is left while its socket is still opening.
  private readonly allowed: RegExp[] = [/WebSocket is closed before the connection is established/];

  watch(context: BrowserContext, origin: string): void {
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.faults.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on("weberror", (error) => this.faults.push(`uncaught: ${error.error().message}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      const local = ["data:", "blob:", "about:"].includes(url.protocol);
      if (!local && url.origin !== origin) this.faults.push(`a request left the site: ${request.url()}`);
    });
    context.on("page", (page) =>
      page.on("websocket", (socket) => {
        if (new URL(socket.url()).host !== new URL(origin).host) this.faults.push(`a socket left the site: ${socket.url()}`);
      }),
    );
  }

  // For tests that bring a fault about on purpose.
  allow(...faults: RegExp[]): void {
    this.allowed.push(...faults);
  }

  get found(): string[] {
    return this.faults.filter((fault) => !this.allowed.some((allowed) => allowed.test(fault)));
  }
}

// What the browser says by itself when the server is away or the network is off.
export const SERVER_AWAY = [/net::ERR_/, /WebSocket connection to/, /Failed to fetch/];

// What the browser says by itself about an answer with this status.
export const refusal = (status: number): RegExp => new RegExp(`status of ${status}\\b`);
