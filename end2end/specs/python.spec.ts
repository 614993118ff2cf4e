// The documented Python programs, with the libraries they name: python-socketio and websockets.
import { conversation, socketUrl, test } from "../parts/clients";
import type { Program } from "../parts/programs";
import { expect } from "../parts/test";

// Open, and what happens from here on is heard.
async function answers(client: Program, channel: string): Promise<void> {
  await client.event(channel, { type: "open" });
  client.write(JSON.stringify([channel, { type: "ping" }]));
  await client.event(channel, { type: "pong" });
}

const ways = [["websocket"], ["polling"], []];

for (const transports of ways) {
  const over = transports.join() || "polling, then websocket";

  test(`S0.23 over ${over}: the Python client connects and hears notification and like_update`, async ({ api, server, py }) => {
    const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
    const post = await api.post(ana, "Hello");
    const client = py("events.py", server.url, ana.token, ...transports);
    await client.event("connect");
    expect(await client.event("connected")).toMatchObject({ user_id: ana.id });
    expect(await client.hears((line) => line.startsWith('["transport"') && line, "its transport")).toContain(transports[0] ?? "websocket");
    await api.like(ben, post);
    expect(await client.event("like_update")).toMatchObject({ post_id: post.id, like_count: 1, user_id: ben.id });
    const told = await client.event("notification");
    expect(told).toMatchObject({ type: "like", user_id: ben.id, post_id: post.id, message: expect.stringContaining("Ben Okafor liked your post") });
    expect(told.timestamp).toMatch(/Z$/);
  });
}

test("S0.57 a Python client with a token that is none is refused", async ({ server, py }) => {
  const client = py("events.py", server.url, "nonsense");
  expect(await client.event("connect_error")).toMatchObject({ message: expect.stringContaining("unauthorized") });
  expect(await client.ends()).not.toBe(0);
});

test("S0.45 S1.23 the test script registers, connects, is notified and gets its pong", async ({ server, py }) => {
  const script = py("check.py", server.url);
  expect(await script.ends(), script.text).toBe(0);
  for (const step of ["registered", "connected", "notification", "pong", "all well"]) expect(script.text).toContain(step);
});

test("S2.2 S2.19 S2.20 S2.21 a chat in Python types and talks over the channel, with ids as numbers", async ({ api, server, py }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const chat = Number((await conversation(api, ana, ben)).conversation_id);
  const channel = `messages/${chat}`;
  const [left, right] = [ana, ben].map((person) => py("channels.py", socketUrl(server.url), person.token, channel));
  for (const client of [left!, right!]) await answers(client, channel);
  left!.write(JSON.stringify([channel, { type: "typing", is_typing: true }]));
  expect(await right!.event(channel, { type: "typing" })).toMatchObject({ user_id: Number(ana.id), is_typing: true });
  left!.write(JSON.stringify([channel, { type: "message", content: "Hello!" }]));
  const message = await right!.event(channel, { type: "new_message" });
  expect(message).toMatchObject({ sender_id: Number(ana.id), content: "Hello!", message_id: expect.any(Number) });
  expect(await left!.event(channel, { type: "new_message" })).toMatchObject({ message_id: message.message_id });
  left!.finish();
  expect(await left!.ends(), "a client that hangs up ends well").toBe(0);
});

test("S2.3 S2.4 S2.5 S2.6 the other channels side by side in one Python program", async ({ api, server, py }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const client = py("channels.py", socketUrl(server.url), ana.token, "connections", "notifications", "feed", "online");
  for (const channel of ["connections", "notifications", "feed", "online"]) await answers(client, channel);
  await api.ask(ben, ana);
  expect(await client.event("connections", { type: "connection_request" })).toMatchObject({
    request_id: expect.any(Number),
    from_user_id: Number(ben.id),
    from_user_name: "Ben Okafor",
  });
  const mine = await api.post(ana, "Mine");
  await api.comment(ben, mine, "Lovely");
  expect(await client.event("notifications", { type: "comment_on_post" })).toMatchObject({ user_name: "Ben Okafor", post_id: Number(mine.id) });
  const post = await api.post(ben, "Check out my new kiln!");
  const isIt = (line: string) => line.includes(`"new_post"`) && line.includes(`"id": ${post.id},`) && JSON.parse(line)[1].post;
  expect(await client.hears(isIt, "the new post")).toMatchObject({ id: Number(post.id), userId: Number(ben.id), content: "Check out my new kiln!" });
  const bens = py("channels.py", socketUrl(server.url), ben.token, "online");
  expect(await client.event("online", { type: "user_online", user_id: Number(ben.id) })).toMatchObject({ full_name: "Ben Okafor" });
  bens.finish();
  await client.event("online", { type: "user_offline", user_id: Number(ben.id) });
});

test("S4.30 S4.6 S4.8 S4.9 the bell answers ping and get_unread_count to websockets", async ({ api, server, py }) => {
  const ana = await api.join();
  const bell = py("bell.py", `${socketUrl(server.url)}/ws/notifications?token=${ana.token}`);
  await bell.says(/^connected$/);
  bell.write('{"type": "ping"}');
  expect(JSON.parse((await bell.says(/^< .*pong/)).slice(2))).toMatchObject({ type: "pong" });
  bell.write('{"type": "get_unread_count"}');
  expect(JSON.parse((await bell.says(/^< .*unread_count/)).slice(2))).toEqual({ type: "unread_count", data: { count: 0 } });
  bell.finish();
  expect(await bell.says(/^closed/)).toBe("closed 1000");
});
