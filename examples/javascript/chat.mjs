// A conversation in the terminal, over Socket.IO: prints what is said there, and says each line that is typed.
//
//   HUBBUB_URL=http://localhost:10000 HUBBUB_TOKEN=… node chat.mjs CONVERSATION
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const url = process.env.HUBBUB_URL ?? "http://localhost:10000";
const conversation_id = process.argv[2];
const socket = io(url, { auth: { token: process.env.HUBBUB_TOKEN }, transports: ["websocket", "polling"] });

let me;
socket.on("connected", async ({ user_id }) => {
  me = user_id;
  // After every return, too: the server knows only what this connection asked for.
  const { success, error } = await socket.emitWithAck("join_conversation", { conversation_id });
  if (!success) stop(error.message);
  console.log(`joined ${conversation_id}`);
});

socket.on("new_message", (message) => {
  if (message.conversation_id !== conversation_id) return;
  console.log(`${message.sender_id === me ? "you" : message.sender_id}: ${message.content}`);
  if (message.sender_id !== me) socket.emit("read_message", { conversation_id, message_id: message.message_id });
});
socket.on("typing", ({ user_name, is_typing }) => is_typing && console.log(`${user_name} is typing…`));
socket.on("connect_error", (error) => error.message.startsWith("unauthorized") && stop("HUBBUB_TOKEN is not valid."));
socket.on("error", (error) => console.error(error.message));
socket.on("disconnect", (reason) => reason === "io server disconnect" && stop("The server ended this session."));

createInterface({ input: process.stdin })
  .on("line", async (content) => {
    // The same id however often it is sent: a message is stored once.
    const message = { conversation_id, content, client_id: randomUUID() };
    for (;;) {
      const answer = await socket.timeout(10_000).emitWithAck("send_message", message).catch(() => undefined);
      if (answer?.success === false) console.error(answer.error.message);
      if (answer) return;
    }
  })
  .on("close", () => stop());

function stop(why) {
  if (why) console.error(why);
  socket.disconnect();
  if (why) process.exit(1);
}
