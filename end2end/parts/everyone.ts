// Clients of every dialect, and people in browsers, around one conversation and one post: all see the same things. The same
// at one server and at several.
import type { Clients } from "./clients";
import { commentsOf, expectComments, expectLikes, postWith } from "./feed";
import { log, say, threadOf } from "./messages";
import type { Api, Conversation, Person } from "./people";
import type { Plain } from "./plain";
import type { Program } from "./programs";
import { next, type Sockets, type Transports } from "./sockets";
import type { Server } from "./server";
import { awake, expect, type Fixtures, open } from "./test";

// A message as everybody must have it: its place in the conversation, its id, and its text.
type Line = [seq: number, id: number, text: string];

// One who takes part, in whatever they speak.
interface Party {
  name: string;
  person: Person;
  // What arrived, in the order it came.
  lines: Line[];
  // Its library hears each event on a thread of its own.
  onThreads: boolean;
  likes: () => number | undefined;
  comments: () => number | undefined;
  say: (text: string) => Promise<unknown>;
  // How far others said they read, by person.
  read: Map<string, number>;
  sees: Set<string>;
  reads: (id: number) => Promise<unknown>;
}

function party(name: string, person: Person): Party {
  const counts: { likes?: number; comments?: number } = {};
  const made: Party & { counts: typeof counts } = {
    name,
    person,
    lines: [],
    onThreads: false,
    counts,
    likes: () => counts.likes,
    comments: () => counts.comments,
    say: () => Promise.reject(new Error("it says nothing")),
    read: new Map(),
    sees: new Set(),
    reads: () => Promise.resolve(),
  };
  return made;
}

// Takes an event in native words, whatever it was called on the way.
function hear(party: Party, postId: string, chatId: string, type: string, it: Record<string, any>): void {
  const counts = (party as Party & { counts: { likes?: number; comments?: number } }).counts;
  if (type === "new_message" && String(it.conversation_id ?? chatId) === chatId) party.lines.push([it.seq, Number(it.message_id), it.content]);
  if (type === "like_update" && String(it.post_id) === postId) counts.likes = it.like_count;
  if ((type === "comment_update" || type === "comment_on_post") && String(it.post_id) === postId) counts.comments = it.comment_count;
  if (type === "message_read" && String(it.conversation_id ?? chatId) === chatId) party.read.set(String(it.user_id), Number(it.message_id));
  if (type === "user_status" && it.status === "online") party.sees.add(String(it.user_id));
  if (type === "user_online") party.sees.add(String(it.user_id));
}

interface Meeting {
  api: Api;
  post: { id: string };
  chat: Conversation;
}

async function overNative({ post, chat }: Meeting, person: Person, dial: (path: string) => Plain, others: string[]): Promise<Party> {
  const socket = dial(`/ws?token=${person.token}`);
  const one = party("native", person);
  socket.listen((frame) => hear(one, post.id, chat.conversation_id, frame.type, frame));
  await socket.send({ type: "watch_posts", post_ids: [post.id], ref: "posts" });
  await socket.send({ type: "watch_people", user_ids: others, ref: "people" });
  await socket.send({ type: "join_conversation", conversation_id: chat.conversation_id, ref: "chat" });
  await socket.next("ack", { ref: "chat" });
  one.say = (text) => socket.send({ type: "send_message", conversation_id: chat.conversation_id, client_id: crypto.randomUUID(), content: text });
  one.reads = (id) => socket.send({ type: "read_message", conversation_id: chat.conversation_id, message_id: String(id) });
  return one;
}

async function overChannels({ post, chat }: Meeting, person: Person, dial: (path: string) => Plain): Promise<Party> {
  const one = party("channels", person);
  const sockets = [`messages/${chat.conversation_id}`, "feed", "online"].map((channel) => dial(`/ws/${channel}?token=${person.token}`));
  for (const socket of sockets) socket.listen((frame) => hear(one, post.id, chat.conversation_id, frame.type, frame));
  for (const socket of sockets) await socket.soFar();
  one.say = (text) => sockets[0]!.send({ type: "message", content: text });
  one.reads = (id) => sockets[0]!.send({ type: "read_message", message_id: id });
  return one;
}

async function overSocketIo({ post, chat }: Meeting, person: Person, sockets: Sockets, transports: Transports): Promise<Party> {
  const one = party(`Socket.IO over ${transports.join(" then ")}`, person);
  const socket = sockets.dial(person.token, transports);
  socket.onAny((type: string, it: Record<string, any>) => hear(one, post.id, chat.conversation_id, type, it ?? {}));
  await next(socket, "connected");
  expect(await socket.timeout(10_000).emitWithAck("join_match", { match_id: chat.conversation_id })).toMatchObject({ success: true });
  one.say = (text) => socket.timeout(10_000).emitWithAck("send_message", { match_id: chat.conversation_id, content: text });
  one.reads = (id) => socket.timeout(10_000).emitWithAck("read_message", { match_id: chat.conversation_id, message_id: String(id) });
  return one;
}

async function overPython({ post, chat }: Meeting, person: Person, url: string, py: (script: string, ...words: string[]) => Program): Promise<Party> {
  const one = party("Python", person);
  one.onThreads = true;
  const program = py("talk.py", url, person.token, chat.conversation_id);
  program.listen((line) => {
    if (!line.startsWith("[")) return;
    const [type, it] = JSON.parse(line);
    hear(one, post.id, chat.conversation_id, type, it ?? {});
  });
  await program.event("joined");
  one.say = async (text) => program.write(JSON.stringify(["send_message", { conversation_id: chat.conversation_id, content: text }]));
  one.reads = async (id) => program.write(JSON.stringify(["read_message", { conversation_id: chat.conversation_id, message_id: String(id) }]));
  return one;
}

const NAMES = ["Ana Ferreira", "Ben Okafor", "Cleo Marsh", "Dara Lind", "Eli Novak", "Fay Moreau", "Gus Adler"];

async function people(api: Api, count: number): Promise<Person[]> {
  return Promise.all(NAMES.slice(0, count).map((name) => api.join(name.split(" ")[0]!.toLowerCase(), name)));
}

// A group of all, in which nothing waits to be accepted.
async function group(api: Api, all: Person[]): Promise<Conversation> {
  const [host, ...others] = all as [Person, ...Person[]];
  for (const other of others) await api.befriend(host, other);
  return api.begin(host, others, "Everyone");
}

// Events come to all in the same order; what was said at the same moment may come after what has a later number, and clients
// order it. A library that hears on threads mixes up what came.
async function expectSame(parties: Party[], count: number): Promise<void> {
  for (const one of parties) await expect.poll(() => one.lines.length, { message: `${one.name} has every message` }).toBe(count);
  for (const one of parties.filter(({ onThreads }) => !onThreads)) {
    expect(one.lines, `${one.name} heard the same, in the same order`).toEqual(parties[0]!.lines);
  }
  for (const one of parties) one.lines.sort(([left], [right]) => left - right);
  for (const one of parties) expect(one.lines, `${one.name} has the same conversation`).toEqual(parties[0]!.lines);
  expect(new Set(parties[0]!.lines.map(([, id]) => id)).size, "each once").toBe(count);
}

const ROUNDS = 8;

// What a spec hands to these; the server may be several.
type Place = Clients & Pick<Fixtures, "api" | "browserOf"> & { server: Server };

export const clientsSeeTheSame = async ({ api, server, dial, sockets, py }: Place): Promise<void> => {
  const all = await people(api, 6);
  const [ana, ben, cleo, dara, eli, fay] = all as [Person, Person, Person, Person, Person, Person];
  const chat = await group(api, all);
  const post = await api.post(ana, "Around the kiln");
  const meeting = { api, post, chat };
  const parties = [
    await overNative(meeting, ana, dial, all.map(({ id }) => id)),
    await overChannels(meeting, ben, dial),
    await overSocketIo(meeting, cleo, sockets, ["websocket"]),
    await overSocketIo(meeting, dara, sockets, ["polling"]),
    await overSocketIo(meeting, eli, sockets, ["polling", "websocket"]),
    await overPython(meeting, fay, server.url, py),
  ];

  // All talk at once.
  await Promise.all(
    parties.map(async (one) => {
      for (let round = 0; round < ROUNDS; round += 1) await one.say(`${one.name} says ${round}`);
    }),
  );
  await expectSame(parties, parties.length * ROUNDS);
  const stored = await api.send<{ items: { seq: number; message_id: string; content: string }[] }>("GET", `/api/conversations/${chat.conversation_id}/messages?limit=100`, ana.token);
  // The note that the group began has no text.
  const said = stored.items.reverse().filter(({ content }) => content);
  expect(said.map(({ seq, message_id, content }) => [seq, Number(message_id), content])).toEqual(parties[0]!.lines);

  // All like, comment, and half of them think better of it.
  await Promise.all(all.map((person) => api.like(person, post as never)));
  await Promise.all(all.slice(3).map((person) => api.unlike(person, post as never)));
  await Promise.all(all.slice(0, 4).map((person) => api.comment(person, post as never, `${person.fullName} was here`)));
  for (const one of parties) {
    // The feed channel has comments and no likes, as its document says.
    if (one.name !== "channels") await expect.poll(one.likes, { message: `likes for ${one.name}` }).toBe(3);
    await expect.poll(one.comments, { message: `comments for ${one.name}` }).toBe(4);
  }

  // All read to the end.
  const [, last, text] = parties[0]!.lines.at(-1)!;
  for (const one of parties) await one.reads(last);
  // Who said the last word has read it anyway.
  const author = parties.find(({ name }) => text.startsWith(`${name} says `))?.person.id;
  for (const one of parties) {
    for (const other of all.filter(({ id }) => id !== one.person.id && id !== author)) {
      await expect.poll(() => one.read.get(other.id), { message: `${one.name} knows that ${other.fullName} read all` }).toBe(last);
    }
  }

  // All see all.
  for (const one of parties) {
    for (const other of all.filter(({ id }) => id !== one.person.id)) {
      await expect.poll(() => one.sees.has(other.id), { message: `${one.name} sees ${other.fullName}` }).toBe(true);
    }
  }
};

export const peopleAndClientsSeeTheSame = async ({ api, server, dial, sockets, py, browserOf }: Place): Promise<void> => {
  const all = await people(api, 6);
  const [ana, ben, cleo, dara, eli, fay] = all as [Person, Person, Person, Person, Person, Person];
  const chat = await group(api, all);
  const post = await api.post(ana, "Around the kiln, with everyone");
  const meeting = { api, post, chat };
  const pages = [await browserOf(eli), await browserOf(fay)];
  const threads = [await browserOf(eli), await browserOf(fay)];
  for (const page of pages) await open(page, `/posts/${post.id}`);
  for (const page of threads) {
    await open(page, threadOf(chat));
    await awake(page);
    await expect(page.getByRole("log")).toBeVisible();
  }
  const parties = [
    await overNative(meeting, ana, dial, all.map(({ id }) => id)),
    await overChannels(meeting, ben, dial),
    await overSocketIo(meeting, cleo, sockets, ["polling", "websocket"]),
    await overPython(meeting, dara, server.url, py),
  ];
  await Promise.all([
    ...parties.map(async (one) => {
      for (let round = 0; round < 3; round += 1) await one.say(`${one.name} says ${round}`);
    }),
    ...threads.map(async (page, which) => {
      for (let round = 0; round < 3; round += 1) await say(page, `Browser ${which} says ${round}`);
    }),
  ]);
  const count = (parties.length + threads.length) * 3;
  await expectSame(parties, count);
  const texts = parties[0]!.lines.map(([, , text]) => text);
  for (const page of threads) {
    const shown = () => log(page).getByRole("listitem").allInnerTexts();
    await expect.poll(async () => (await shown()).filter((text) => texts.some((one) => text.includes(one))).length).toBe(count);
    const order = (await shown()).map((text) => texts.find((one) => text.includes(one))).filter((text) => text !== undefined);
    expect(order, "in the same order as everybody has it").toEqual(texts);
  }

  await Promise.all(all.map((person) => api.like(person, post)));
  await api.unlike(dara, post);
  await Promise.all(all.slice(0, 3).map((person) => api.comment(person, post, `${person.fullName} was here`)));
  for (const one of parties) {
    if (one.name !== "channels") await expect.poll(one.likes, { message: `likes for ${one.name}` }).toBe(5);
    await expect.poll(one.comments, { message: `comments for ${one.name}` }).toBe(3);
  }
  for (const page of pages) {
    const shown = postWith(page, "Around the kiln, with everyone").first();
    await expectLikes(shown, 5);
    await expect(commentsOf(shown).first()).toBeVisible();
    await expectComments(shown, 3);
  }
};
