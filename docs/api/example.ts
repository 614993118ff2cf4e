// A small program that is strict about types: the check compiles it against hubbub.d.ts.

import type { ApiError, ClientCommand, Requests, ServerEvent } from "./hubbub";

type Answer<R extends keyof Requests> = Requests[R]["answer"];

/** What a program would say of an event. */
export function told(event: ServerEvent): string {
  switch (event.type) {
    case "like_update":
      return `${event.like_count} like ${event.post_id}`;
    case "new_message":
      return `${event.sender.full_name}: ${event.content}${event.attachment ? ` (${event.attachment.name})` : ""}`;
    case "notification":
      return `${event.kind}: ${event.message}`;
    default:
      return event.type;
  }
}

/** Watches posts; ids may be numbers. */
export function watch(socket: WebSocket, posts: string[]): void {
  const command: ClientCommand = { type: "watch_posts", post_ids: [...posts, 7], ref: "1" };
  socket.send(JSON.stringify(command));
}

/** Posts something. */
export async function post(content: string, token: string): Promise<Answer<"POST /api/posts"> | ApiError> {
  const body: Requests["POST /api/posts"]["body"] = { content };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch("/api/posts", { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}

/** Texts of the newest posts. */
export const texts = (page: Answer<"GET /api/feed">): string[] => page.items.map((item) => item.content);
