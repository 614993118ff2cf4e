// The documented Socket.IO clients, written with the calls of the documents, over each transport.
import type { Socket } from "socket.io-client";
import { Api, type Person } from "../parts/people";
import { comes, next, Sockets, type Transports } from "../parts/sockets";
import { expect, test as base } from "../parts/test";

const test = base.extend<{ sockets: Sockets }>({
  sockets: async ({ server }, use) => {
    const sockets = new Sockets(server.url);
    await use(sockets);
    sockets.close();
  },
});

type Frame = Record<string, never>;

async function conversation(api: Api, one: Person, other: Person): Promise<string> {
  await api.send("PUT", `/api/connections/${other.id}`, one.token);
  await api.send("PUT", `/api/connections/${one.id}`, other.token);
  const begun = await api.send("POST", "/api/conversations", one.token, { member_ids: [other.id] });
  return (begun as { conversation_id: string }).conversation_id;
}

async function post(api: Api, person: Person, audience = "public"): Promise<string> {
  const made = await api.send("POST", "/api/posts", person.token, { content: "Hello", audience });
  return (made as { id: string }).id;
}

const ways: Transports[] = [["websocket"], ["polling"], ["polling", "websocket"], ["websocket", "polling"]];

for (const transports of ways) {
  const over = transports.join(" then ");

  test(`S0.15 S0.16 S0.17 S0.22 S0.24 S0.31 S0.32 S3.2 over ${over}: connecting with a token greets with the socket's id`, async ({ api, sockets }) => {
    const ana = await api.join();
    const socket = sockets.dial(ana.token, transports);
    const greeting = await next(socket, "connected");
    expect(greeting).toMatchObject({ sid: socket.id, user_id: ana.id });
    expect(greeting.timestamp).toMatch(/Z$/);
    const pong = next(socket, "pong");
    socket.emit("ping");
    expect((await pong).timestamp).toMatch(/Z$/);
  });

  test(`S0.8 S0.18 S0.19 S0.20 S0.25 S0.26 S0.27 over ${over}: likes, comments and notifications arrive without asking`, async ({ api, sockets }) => {
    const [ana, ben, cleo] = [await api.join(), await api.join(), await api.join()];
    const id = await post(api, ana);
    const [author, reader] = [await sockets.connect(ana.token, transports), await sockets.connect(cleo.token, transports)];
    const [told, seen] = [next(author, "notification"), next(reader, "like_update")];
    const answer = await api.send("POST", `/api/posts/${id}/like`, ben.token);
    expect(answer).toMatchObject({ success: true, liked: true, likes_count: 1 });
    expect(await seen).toMatchObject({ post_id: id, like_count: 1, user_id: ben.id });
    expect(await told).toMatchObject({ type: "like", user_id: ben.id, post_id: id });
    const commented = next<{ comment: Frame }>(reader, "comment_update");
    await api.send("POST", `/api/posts/${id}/comment`, ben.token, { content: "Great post!" });
    const update = await commented;
    expect(update).toMatchObject({ post_id: id, comment_count: 1 });
    expect(update.comment).toMatchObject({ content: "Great post!", user_id: ben.id });
  });

  test(`S0.29 S0.30 S0.33 S0.35 S3.3 S3.4 S3.5 S3.6 S3.7 S3.11 S3.13 over ${over}: a chat types, sends, reads, and tells who is there`, async ({ api, sockets }) => {
    const [ana, ben] = [await api.join(), await api.join()];
    const id = await conversation(api, ana, ben);
    const [left, right] = [await sockets.connect(ana.token, transports), await sockets.connect(ben.token, transports)];
    const join = (socket: Socket) => socket.timeout(10_000).emitWithAck("join_match", { match_id: id });
    expect(await join(left)).toMatchObject({ success: true });
    const present = next(right, "user_online_status", { user_id: ana.id });
    expect(await join(right)).toMatchObject({ success: true });
    expect(await present).toEqual({ user_id: ana.id, online: true });
    const [typing, types] = [next(right, "typing"), next(right, "user_typing")];
    left.emit("typing", { match_id: id, is_typing: true });
    expect(await typing).toMatchObject({ conversation_id: id, user_id: ana.id, is_typing: true });
    expect(await types).toMatchObject({ match_id: id, user_id: ana.id });
    const stopped = next(right, "typing_stopped");
    left.emit("typing", { conversation_id: id, is_typing: false });
    expect(await stopped).toMatchObject({ user_id: ana.id });
    const [came, own] = [next(right, "new_message"), next(left, "new_message")];
    left.emit("send_message", { match_id: id, content: "Hello!" });
    const message = await came;
    expect(message).toMatchObject({ conversation_id: id, match_id: id, sender_id: ana.id, content: "Hello!" });
    expect((await own).message_id).toBe(message.message_id);
    const read = next(left, "message_read");
    right.emit("read_message", { match_id: id, message_id: message.message_id });
    expect(await read).toMatchObject({ conversation_id: id, message_id: message.message_id, user_id: ben.id });
    const gone = next(left, "user_online_status", { user_id: ben.id, online: false });
    right.disconnect();
    await gone;
  });
}

const plain: Transports = ["websocket"];

test("S0.34 S0.42 who left a conversation's room is not told who types in it", async ({ api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join()];
  const id = await conversation(api, ana, ben);
  const [left, right] = [await sockets.connect(ana.token, plain), await sockets.connect(ben.token, plain)];
  for (const socket of [left, right]) await socket.timeout(10_000).emitWithAck("join_conversation", { conversation_id: id });
  expect(await right.timeout(10_000).emitWithAck("leave_conversation", { conversation_id: id })).toMatchObject({ success: true });
  let typed = false;
  right.on("typing", () => (typed = true));
  await left.timeout(10_000).emitWithAck("typing", { conversation_id: id, is_typing: true });
  expect(await comes(right, "typing")).toBe(false);
  expect(typed).toBe(false);
});

test("S0.5 S0.21 S0.28 S0.46 S3.35 W9 somebody is online from their first tab to their last", async ({ api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "John Doe")];
  const socket = await sockets.connect(ana.token, plain);
  const online = next(socket, "user_status", { user_id: ben.id, status: "online" });
  const [first, second] = [await sockets.connect(ben.token, plain), await sockets.connect(ben.token, plain)];
  expect((await online).timestamp).toMatch(/Z$/);
  const states: unknown[] = [];
  socket.on("user_status", ({ user_id, status }: { user_id: string; status: string }) => user_id === ben.id && states.push(status));
  first.disconnect();
  const offline = next(socket, "user_status", { user_id: ben.id, status: "offline" });
  await comes(second, "pong");
  expect(states).toEqual([]);
  second.disconnect();
  await offline;
});

test("S3.12 typing ends by itself for a client that says nothing more", async ({ api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join()];
  const id = await conversation(api, ana, ben);
  const [left, right] = [await sockets.connect(ana.token, plain), await sockets.connect(ben.token, plain)];
  for (const socket of [left, right]) await socket.timeout(10_000).emitWithAck("join_match", { match_id: id });
  const types = next<{ expires_in_ms: number }>(right, "user_typing");
  left.emit("typing", { match_id: id, is_typing: true });
  expect((await types).expires_in_ms).toBeGreaterThan(0);
  const stopped = next(right, "typing_stopped");
  left.disconnect();
  expect(await stopped).toMatchObject({ match_id: id, user_id: ana.id });
});

test("S0.57 a token that is none is refused, and so is none at all", async ({ sockets }) => {
  for (const token of ["nonsense", undefined]) {
    const error = await next<Error>(sockets.dial(token, plain), "connect_error");
    expect(error.message).toContain("unauthorized");
  }
});

test("W11 signing out disconnects at once", async ({ api, sockets }) => {
  const ana = await api.join();
  const socket = await sockets.connect(ana.token, plain);
  const [error, gone] = [next(socket, "error"), next<string>(socket, "disconnect")];
  await api.send("POST", "/api/auth/logout", ana.token);
  expect(await error).toMatchObject({ code: "unauthorized" });
  expect(await gone).toBe("io server disconnect");
});

test("S0.59 S3.8 a conversation of others cannot be joined, and nothing of it arrives", async ({ api, sockets }) => {
  const [ana, ben, eve] = [await api.join(), await api.join(), await api.join()];
  const id = await conversation(api, ana, ben);
  const socket = await sockets.connect(eve.token, plain);
  const answer = await socket.timeout(10_000).emitWithAck("join_conversation", { conversation_id: id });
  expect(answer).toMatchObject({ success: false, error: { code: "not_found" } });
  await api.send("POST", `/api/conversations/${id}/messages`, ana.token, { content: "Between us" });
  expect(await comes(socket, "new_message")).toBe(false);
});

test("S0.60 W6 likes of what one may not see stay unheard", async ({ api, sockets }) => {
  const [ana, ben, eve] = [await api.join(), await api.join(), await api.join()];
  await api.send("PUT", `/api/users/${ana.id}/follow`, ben.token);
  const id = await post(api, ana, "followers");
  const [follower, stranger] = [await sockets.connect(ben.token, plain), await sockets.connect(eve.token, plain)];
  const seen = next(follower, "like_update");
  let heard = false;
  stranger.on("like_update", () => (heard = true));
  await api.send("PUT", `/api/posts/${id}/like`, ana.token);
  expect(await seen).toMatchObject({ post_id: id, like_count: 1 });
  await comes(stranger, "pong");
  expect(heard).toBe(false);
});

test("W4 who says what they watch hears of that alone", async ({ api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join()];
  const [first, second] = [await post(api, ana), await post(api, ana)];
  const socket = await sockets.connect(ben.token, plain);
  expect(await socket.timeout(10_000).emitWithAck("watch_posts", { post_ids: [first] })).toMatchObject({ success: true });
  const likes: string[] = [];
  socket.on("like_update", (update: { post_id: string }) => likes.push(update.post_id));
  await api.send("PUT", `/api/posts/${second}/like`, ana.token);
  const heard = next(socket, "like_update");
  await api.send("PUT", `/api/posts/${first}/like`, ana.token);
  await heard;
  expect(likes).toEqual([first]);
});

test("S1.20 the room of a post gets its updates", async ({ api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join()];
  const id = await post(api, ana);
  const socket = await sockets.connect(ben.token, plain);
  const joined = await socket.timeout(10_000).emitWithAck("join_room", { room: `post_${id}_watchers` });
  expect(joined).toMatchObject({ success: true });
  const update = next(socket, "post_update");
  await api.send("PUT", `/api/posts/${id}/like`, ana.token);
  expect(await update).toMatchObject({ post_id: id, like_count: 1 });
  const wrong = await socket.timeout(10_000).emitWithAck("join_room", { room: "kitchen" });
  expect(wrong).toMatchObject({ success: false, error: { field: "room" } });
});

test("S1.32 S3.14 an event that nobody knows, or with fields that are wrong, gets an error that names it", async ({ api, sockets }) => {
  const ana = await api.join();
  const socket = await sockets.connect(ana.token, plain);
  for (const [event, payload] of [["dance", {}], ["typing", { is_typing: "maybe" }], ["send_message", "text"]] as const) {
    const error = next(socket, "error");
    socket.emit(event, payload);
    expect((await error).message, event).toBeTruthy();
  }
  expect(await comes(socket, "pong")).toBe(true);
});

test("S0.62 S0.63 a flood is told, then disconnected", async ({ ownServer }) => {
  const strict = await ownServer({ limitFactor: 1 });
  const ana = await new Api(strict.url).join();
  const sockets = new Sockets(strict.url);
  const socket = await sockets.connect(ana.token, plain);
  const errors: string[] = [];
  socket.on("error", (error: { code: string }) => errors.push(error.code));
  const gone = next(socket, "disconnect");
  for (let sent = 0; sent < 400; sent += 1) socket.emit("get_unread_count", {});
  await gone;
  expect(errors).toContain("rate_limited");
  sockets.close();
});

test("S3.33 after the server was killed and came back, clients return by themselves", async ({ ownServer }) => {
  const server = await ownServer();
  const api = new Api(server.url);
  const [ana, ben] = [await api.join(), await api.join()];
  const id = await post(api, ana);
  const sockets = new Sockets(server.url);
  const socket = await sockets.connect(ben.token, plain);
  const gone = next(socket, "disconnect");
  await server.kill();
  await gone;
  const back = next(socket, "connected");
  await server.resume();
  await back;
  const seen = next(socket, "like_update");
  await api.send("PUT", `/api/posts/${id}/like`, ana.token);
  expect(await seen).toMatchObject({ post_id: id });
  sockets.close();
});
