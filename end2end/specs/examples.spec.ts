// The examples, run as their first lines say. The bot in Rust is run by tests/it/examples.rs.
import { conversation, test } from "../parts/clients";
import type { Person } from "../parts/people";
import { expect } from "../parts/test";

const environment = (url: string, person: Person) => ({ HUBBUB_URL: url, HUBBUB_TOKEN: person.token });

test("S0.15 S0.16 javascript/chat.mjs says what is typed and prints what is said", async ({ api, server, run, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const chat = await conversation(api, ana, ben);
  const id = chat.conversation_id;
  const program = run("node", ["examples/javascript/chat.mjs", id], environment(server.url, ana));
  await program.says(new RegExp(`^joined ${id}$`));
  const socket = await sockets.connect(ben.token, ["websocket"]);
  await socket.timeout(10_000).emitWithAck("join_conversation", { conversation_id: id });
  socket.emit("typing", { conversation_id: id, is_typing: true });
  await program.says(/^Ben Okafor is typing…$/);
  const read = new Promise<{ user_id: string }>((heard) => socket.once("message_read", heard));
  await api.say(ben, chat, "Are you there?");
  await program.says(new RegExp(`^${ben.id}: Are you there\\?$`));
  expect((await read).user_id).toBe(ana.id);
  program.write("Yes!");
  await program.says(/^you: Yes!$/);
  program.finish();
  expect(await program.ends()).toBe(0);
});

test("S0.57 javascript/chat.mjs ends with a sentence when its token is none", async ({ api, server, run }) => {
  const ana = await api.join();
  const program = run("node", ["examples/javascript/chat.mjs", "1"], environment(server.url, { ...ana, token: "nonsense" }));
  await program.says(/HUBBUB_TOKEN is not valid/);
  expect(await program.ends()).toBe(1);
});

test("S2.5 javascript/feed.mjs tells of posts and comments, and returns after the server was killed", async ({ ownServer, run }) => {
  const server = await ownServer();
  const { Api } = await import("../parts/people");
  const api = new Api(server.url);
  const [ana, ben] = [await api.join(), await api.join()];
  const program = run("node", ["examples/javascript/feed.mjs"], environment(server.url, ana));
  await program.says(/^listening$/);
  const post = await api.post(ben, "First light");
  await program.says(new RegExp(`^post ${post.id} by ${ben.id}: First light$`));
  await api.comment(ana, post, "Lovely");
  await program.says(new RegExp(`^comment on ${post.id} by ${ana.id}: Lovely$`));
  await server.kill();
  await server.resume();
  await program.hears(() => program.lines.filter((line) => line === "listening").length > 1, "listening again");
  await api.post(ben, "Second light");
  await program.says(/: Second light$/);
});

test("S0.23 python/watch.py says what happens", async ({ api, server, py, sockets }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const [post, chat] = [await api.post(ana, "Hello"), await conversation(api, ana, ben)];
  const program = py("examples/python/watch.py", environment(server.url, ana));
  await program.says(new RegExp(`^connected as ${ana.id}$`));
  await api.like(ben, post);
  await program.says(new RegExp(`^post ${post.id} has 1 likes$`));
  await program.says(/^bell: Ben Okafor liked your post/);
  await api.comment(ben, post, "Lovely");
  await program.says(new RegExp(`^post ${post.id} has 1 comments$`));
  await api.say(ben, chat, "Tea?");
  await program.says(new RegExp(`^${ben.id} in ${chat.conversation_id}: Tea\\?$`));
  await sockets.connect(ben.token, ["websocket"]);
  await program.says(/^Ben Okafor is online$/);
});

test("S4.9 S4.10 python/bell.py prints the bell, and marks it as read", async ({ api, server, py }) => {
  const [ana, ben] = [await api.join(), await api.join("ben", "Ben Okafor")];
  const program = py("examples/python/bell.py", environment(server.url, ana), "--read");
  await program.says(/^0 unread$/);
  await api.follow(ben, ana);
  await program.says(/Ben Okafor/);
  await expect
    .poll(async () => (await api.send<{ items: { read_at?: string }[] }>("GET", "/api/notifications", ana.token)).items[0]?.read_at)
    .toBeTruthy();
});
