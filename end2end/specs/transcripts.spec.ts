// What the documents have people type: every call of curl and every line of a console client, as it stands there.
import { conversation, test } from "../parts/clients";
import { curl, curlJson } from "../parts/curl";
import { next } from "../parts/sockets";
import { expect } from "../parts/test";

test("S0.36 S1.24 S1.36 curl /api/ws/status tells whether live is on, and how many are there", async ({ server, api, sockets }) => {
  const ana = await api.join();
  await sockets.connect(ana.token, ["websocket"]);
  const status = await curlJson(`${server.url}/api/ws/status`);
  expect(status).toMatchObject({ success: true, websocket_enabled: true, redis_enabled: expect.any(Boolean) });
  expect(status.active_connections).toBeGreaterThanOrEqual(1);
  expect(status.online_users).toBeGreaterThanOrEqual(1);
});

test("S0.37 S1.21 curl /api/ws/test-notification notifies oneself", async ({ server, api, sockets }) => {
  const ana = await api.join();
  const socket = await sockets.connect(ana.token, ["websocket"]);
  const told = next(socket, "notification");
  const answer = await curlJson(
    `-X POST ${server.url}/api/ws/test-notification -H "Authorization: Bearer ${ana.token}" ` +
      `-H "Content-Type: application/json" -d '{"message": "Test notification"}'`,
  );
  expect(answer).toMatchObject({ success: true, message: "Test notification sent", user_id: ana.id });
  expect(await told).toMatchObject({ type: "system", message: expect.stringContaining("Test notification") });
});

test("S0.38 S1.1 S1.3 curl /api/posts/{id}/like toggles, and others hear the new count both times", async ({ server, api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join()];
  const post = await api.post(ana, "Hello");
  const socket = await sockets.connect(ana.token, ["websocket"]);
  const like = `-X POST ${server.url}/api/posts/${post.id}/like -H "Authorization: Bearer ${ben.token}"`;
  for (const [liked, count] of [[true, 1], [false, 0]] as const) {
    const heard = next(socket, "like_update", { like_count: count });
    expect(await curlJson(like)).toMatchObject({ success: true, liked, likes_count: count });
    expect(await heard).toMatchObject({ post_id: post.id, user_id: ben.id });
  }
});

test("S1.4 S1.5 S1.6 curl /api/posts/{id}/comment answers the comment, tells its author and the count", async ({ server, api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const post = await api.post(ana, "Hello");
  const socket = await sockets.connect(ana.token, ["websocket"]);
  const [told, heard] = [next(socket, "notification"), next<{ comment: object }>(socket, "comment_update")];
  const answer = await curlJson(
    `-X POST ${server.url}/api/posts/${post.id}/comment -H "Authorization: Bearer ${ben.token}" ` +
      `-H "Content-Type: application/json" -d '{"content": "Great post!"}'`,
  );
  expect(answer).toMatchObject({ success: true, comment: { content: "Great post!", user_id: ben.id } });
  expect(await told).toMatchObject({ type: "comment", post_id: post.id, user_id: ben.id });
  const update = await heard;
  expect(update).toMatchObject({ post_id: post.id, comment_count: 1 });
  expect(update.comment).toMatchObject({ id: answer.comment.id, content: "Great post!", user_id: ben.id });
});

test("S1.7 S1.9 curl /api/users/follow/{id} answers success and tells whom one follows, by name", async ({ server, api, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const socket = await sockets.connect(ana.token, ["websocket"]);
  const told = next(socket, "notification");
  const answer = await curlJson(`-X POST ${server.url}/api/users/follow/${ana.id} -H "Authorization: Bearer ${ben.token}"`);
  expect(answer).toMatchObject({ success: true });
  expect(await told).toMatchObject({ type: "follow", user_id: ben.id, message: expect.stringContaining("Ben Okafor") });
});

test("S1.10 S1.28 one curl of /api/notifications loads the bell, then they are pushed", async ({ server, api, sockets }) => {
  const [ana, ben, cleo] = [await api.join(), await api.join(), await api.join()];
  await api.follow(ben, ana);
  const list = await curlJson(`${server.url}/api/notifications -H "Authorization: Bearer ${ana.token}"`);
  expect(list.items).toMatchObject([{ kind: "follow", user_id: ben.id }]);
  const socket = await sockets.connect(ana.token, ["websocket"]);
  const told = next(socket, "notification");
  await api.follow(cleo, ana);
  expect((await told).message).toBeTruthy();
});

test("S2.12 S2.24 a post made over REST comes to the feed channel", async ({ server, api, dial }) => {
  const [ana, ben] = [await api.join(), await api.join()];
  const feed = dial(`/ws/feed?token=${ana.token}`);
  await feed.soFar();
  const post = await curlJson(
    `${server.url}/api/posts -H "Authorization: Bearer ${ben.token}" ` +
      `-H "Content-Type: application/json" -d '{"content": "Check out my new research!"}'`,
  );
  const told = await feed.next("new_post");
  expect(told.post).toMatchObject({ id: Number(post.id), userId: Number(ben.id), content: "Check out my new research!" });
  expect(Date.parse(told.post.timestamp)).not.toBeNaN();
});

test("S3.44 curl /health tells that the socket is enabled", async ({ server }) => {
  expect(await curlJson(`${server.url}/health`)).toMatchObject({ websocket: "enabled" });
});

test("S0.56 S1.29 S4.28 curl without a token is refused with 401 and a sentence", async ({ server }) => {
  const answer = await curl(`-w "%{http_code}" -X POST ${server.url}/api/ws/test-notification -H "Content-Type: application/json" -d '{}'`);
  expect(answer).toMatch(/401$/);
  expect(JSON.parse(answer.slice(0, -3))).toMatchObject({ code: "unauthorized", message: expect.any(String) });
});

test("S4.30 S4.7 S4.8 S4.9 the console session of the bell: ping, then get_unread_count", async ({ api, dial }) => {
  const ana = await api.join();
  const bell = dial(`/ws/notifications?token=${ana.token}`);
  await bell.send('{"type": "ping"}');
  expect(JSON.parse(await bell.text())).toMatchObject({ type: "pong" });
  await bell.send('{"type": "get_unread_count"}');
  expect(JSON.parse(await bell.text())).toEqual({ type: "unread_count", data: { count: 0 } });
  await bell.send("ping");
  expect(await bell.text(), "the old text ping").toBe("pong");
});

test("S4.10 S4.11 S4.12 S4.13 the bell notifies, marks as read, and tolerates what it does not know", async ({ api, dial }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "John Okafor")];
  const chat = await conversation(api, ana, ben);
  const bell = dial(`/ws/notifications?token=${ana.token}`);
  await bell.soFar();
  await api.say(ben, chat, "Hello there");
  const { data } = await bell.next("notification");
  expect(data).toMatchObject({ notification_type: "new_message", room_id: chat.conversation_id, sender_id: ben.id });
  expect(data.title).toContain("John Okafor");
  expect(data.message).toContain("Hello there");
  expect(data.timestamp).toMatch(/Z$/);
  await bell.send({ type: "mark_read", notification_id: data.notification_id });
  const update = await bell.next("notification_update");
  expect(update.data).toMatchObject({ notification_id: data.notification_id, status: "read" });
  await bell.send({ type: "dance" });
  expect(await bell.next("error")).toMatchObject({ code: "unknown_type" });
  await bell.soFar();
});

test("S2.1 S4.6 every channel takes its token from the query, and closes with 4401 without a valid one", async ({ api, dial }) => {
  const ana = await api.join();
  for (const channel of ["messages/1", "connections", "notifications", "feed", "online"]) {
    expect(await dial(`/ws/${channel}?token=nonsense`).closes(), channel).toBe(4401);
    if (channel !== "messages/1") await dial(`/ws/${channel}?token=${ana.token}`).soFar();
  }
});

test("S2.2 S2.19 S2.20 S2.21 S2.34 a chat at the console: typing, a message with a file, and closed to others", async ({ api, dial, server }) => {
  const [ana, ben, eve] = [await api.join(), await api.join(), await api.join()];
  const chat = await conversation(api, ana, ben);
  const [left, right] = [ana, ben].map((person) => dial(`/ws/messages/${chat.conversation_id}?token=${person.token}`));
  for (const socket of [left!, right!]) await socket.soFar();
  await left!.send({ type: "typing", is_typing: true });
  expect(await right!.next("typing")).toMatchObject({ user_id: Number(ana.id), is_typing: true });
  await left!.send({ type: "message", content: "Hello!" });
  const message = await right!.next("new_message");
  expect(message).toMatchObject({ sender_id: Number(ana.id), content: "Hello!", message_id: expect.any(Number) });
  const form = new FormData();
  form.append("file", new Blob(["a plan"], { type: "text/plain" }), "plan.txt");
  const uploaded = await fetch(`${server.url}/api/attachments`, { method: "POST", headers: { authorization: `Bearer ${ana.token}` }, body: form });
  expect(uploaded.ok, await uploaded.clone().text()).toBe(true);
  const file = (await uploaded.json()) as Record<string, string>;
  await left!.send({ type: "message", content: "The plan", attachment: file.url });
  expect(await right!.next("new_message")).toMatchObject({ content: "The plan", attachment: file.url });
  expect(await dial(`/ws/messages/${chat.conversation_id}?token=${eve.token}`).closes()).toBe(4403);
});

test("S2.3 S2.22 S2.23 requests to connect, and that one was accepted", async ({ api, dial }) => {
  const [ana, ben] = [await api.join("ana", "John Doe"), await api.join()];
  const [asks, asked] = [dial(`/ws/connections?token=${ana.token}`), dial(`/ws/connections?token=${ben.token}`)];
  for (const socket of [asks, asked]) await socket.soFar();
  await api.ask(ana, ben);
  const request = await asked.next("connection_request");
  expect(request).toMatchObject({ request_id: expect.any(Number), from_user_id: Number(ana.id), from_user_name: "John Doe" });
  await api.ask(ben, ana);
  expect(await asks.next("connection_accepted")).toMatchObject({ user_id: Number(ben.id) });
});

test("S2.4 S2.16 S2.25 a comment comes flat to the bell with its author's name, and to the feed with its post", async ({ api, dial }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const post = await api.post(ana, "Hello");
  const [bell, feed] = [dial(`/ws/notifications?token=${ana.token}`), dial(`/ws/feed?token=${ana.token}`)];
  for (const socket of [bell, feed]) await socket.soFar();
  await api.comment(ben, post, "Lovely");
  expect(await bell.next("comment_on_post")).toMatchObject({ user_name: "Ben Okafor", post_id: Number(post.id) });
  const told = await feed.next("comment_on_post");
  expect(told).toMatchObject({ post_id: Number(post.id), comment: { content: "Lovely", user_id: Number(ben.id) } });
});

test("S2.6 S2.26 who is online comes first, then who comes and goes", async ({ api, dial }) => {
  const [ana, ben, cleo] = [await api.join("ana", "John Doe"), await api.join(), await api.join("cleo", "Cleo Marsh")];
  await dial(`/ws/feed?token=${ana.token}`).soFar();
  const online = dial(`/ws/online?token=${ben.token}`);
  expect(await online.next("user_online", { user_id: Number(ana.id) })).toMatchObject({ full_name: "John Doe" });
  const cleos = dial(`/ws/feed?token=${cleo.token}`);
  expect(await online.next("user_online", { user_id: Number(cleo.id) })).toMatchObject({ full_name: "Cleo Marsh" });
  cleos.close();
  await online.next("user_offline", { user_id: Number(cleo.id) });
});

test("S2.28 S0.32 the heartbeat {type: ping} is answered on every channel", async ({ api, dial }) => {
  const ana = await api.join();
  for (const channel of ["connections", "notifications", "feed", "online"]) {
    const socket = dial(`/ws/${channel}?token=${ana.token}`);
    await socket.send({ type: "ping" });
    await socket.next("pong");
  }
});

test("S4.20 a socket closed with 1000 ends with 1000 on both sides", async ({ api, dial }) => {
  const ana = await api.join();
  const bell = dial(`/ws/notifications?token=${ana.token}`);
  await bell.soFar();
  bell.close(1000);
  expect(await bell.closes()).toBe(1000);
});

test("S3.45 a hundred clients say fifty messages each, and every one arrives once and in order", async ({ api, sockets }) => {
  test.setTimeout(300_000);
  const pair = async () => {
    const [one, other] = [await api.join(), await api.join()];
    const { conversation_id: id } = await conversation(api, one, other);
    const [left, right] = [await sockets.connect(one.token, ["websocket"]), await sockets.connect(other.token, ["websocket"])];
    const heard: string[] = [];
    left.on("new_message", (message: { content: string }) => heard.push(message.content));
    for (const socket of [left, right]) await socket.timeout(20_000).emitWithAck("join_match", { match_id: id });
    return { id, left, right, heard };
  };
  // Registering costs a hash each: a few at a time.
  const pairs: Awaited<ReturnType<typeof pair>>[] = [];
  while (pairs.length < 50) pairs.push(...(await Promise.all([pair(), pair()])));
  await Promise.all(
    pairs.flatMap(({ id, left, right }) =>
      [left, right].map(async (socket, side) => {
        for (let turn = 0; turn < 50; turn += 1) {
          const answer = await socket.timeout(30_000).emitWithAck("send_message", { match_id: id, content: `${side} ${turn}` });
          expect(answer).toMatchObject({ success: true });
        }
      }),
    ),
  );
  const wanted = (side: number) => Array.from({ length: 50 }, (_, turn) => `${side} ${turn}`);
  for (const { heard } of pairs) {
    await expect.poll(() => heard.length).toBe(100);
    for (const side of [0, 1]) expect(heard.filter((text) => text.startsWith(`${side} `))).toEqual(wanted(side));
  }
});
