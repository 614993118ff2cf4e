// One conversation over Socket.IO.
import { useCallback, useEffect, useRef, useState } from "react";
import { io, type Socket } from "socket.io-client";
import type { MessageView } from "../../../docs/api/hubbub";
import { currentSession, freshToken, get, renew } from "./session";

export interface Message {
  id: string;
  matchId: string;
  senderId: string;
  content: string;
  createdAt: string;
  readAt?: string;
  // Its place in the conversation.
  seq: number;
}

// What Hubbub says of a message, from the types that are made of its code.
type Told = Pick<MessageView, "message_id" | "conversation_id" | "sender_id" | "content" | "timestamp" | "seq">;

interface Acknowledged {
  success: boolean;
  error?: { message: string };
}

// A typing indicator goes away by itself after this.
const TYPING_SHOWN_MS = 3_000;
const WAIT_MAX_MS = 30_000;

const heard = (told: Told): Message => ({
  id: told.message_id,
  matchId: told.conversation_id,
  senderId: told.sender_id,
  content: told.content,
  createdAt: told.timestamp,
  seq: told.seq,
});

// Every message once, in the order everybody has them.
function merged(known: Message[], more: Message[]): Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of more) byId.set(message.id, { ...message, readAt: byId.get(message.id)?.readAt ?? message.readAt });
  return [...byId.values()].sort((one, other) => one.seq - other.seq);
}

export function useSocket(matchId: string) {
  const [socket, setSocket] = useState<Socket | null>(null);
  const [connected, setConnected] = useState(false);
  const [online, setOnline] = useState(false);
  const [messages, setMessages] = useState<Message[]>([]);
  const [typing, setTyping] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const typed = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    const me = currentSession()?.userId;
    const socket = io({
      auth: (give) => void freshToken().then((token) => give({ token }), () => give({})),
      transports: ["websocket", "polling"],
      // The first wait is a second, by chance up to twice that, and it never gives up.
      reconnectionDelay: 1_000,
      reconnectionDelayMax: WAIT_MAX_MS,
      randomizationFactor: 1,
      // What is not acknowledged is sent again, under the same id.
      ackTimeout: 10_000,
      retries: Infinity,
      forceNew: true,
    });
    setSocket(socket);
    setMessages([]);

    const stopsTyping = () => {
      clearTimeout(typed.current);
      setTyping(false);
    };

    socket.on("connected", async () => {
      const joined: Acknowledged = await socket.volatile.emitWithAck("join_match", { match_id: matchId });
      if (!joined.success) return setError(joined.error?.message ?? "This conversation cannot be joined.");
      setError(null);
      setConnected(true);
      // What was said before, and meanwhile.
      const { items } = await get<{ items: Told[] }>(`/api/conversations/${matchId}/messages?limit=50`);
      setMessages((known) => merged(known, items.map(heard)));
    });
    socket.on("disconnect", (reason) => {
      setConnected(false);
      setOnline(false);
      stopsTyping();
      // The session is over, unless a new token says otherwise.
      if (reason === "io server disconnect") renew().then(() => socket.connect(), () => undefined);
    });
    socket.on("connect_error", ({ message }) => {
      if (message.startsWith("unauthorized")) setError("Sign in again.");
    });
    socket.on("new_message", (told: Told) => {
      if (told.conversation_id !== matchId) return;
      setMessages((known) => merged(known, [heard(told)]));
      if (told.sender_id !== me) stopsTyping();
    });
    socket.on("user_typing", ({ match_id, user_id }) => {
      if (match_id !== matchId || user_id === me) return;
      stopsTyping();
      setTyping(true);
      typed.current = setTimeout(() => setTyping(false), TYPING_SHOWN_MS);
    });
    socket.on("typing_stopped", ({ match_id, user_id }) => {
      if (match_id === matchId && user_id !== me) stopsTyping();
    });
    // Once one has joined, it is told of those who take part.
    const others = get<{ members: { id: string }[] }>(`/api/conversations/${matchId}`)
      .then(({ members }) => members.map(({ id }) => id).filter((id) => id !== me))
      .catch((cause: Error) => (setError(cause.message), [] as string[]));
    socket.on("user_online_status", async ({ user_id, online }) => {
      if ((await others).includes(user_id)) setOnline(online);
    });
    socket.on("message_read", ({ conversation_id, message_id, user_id, read_at }) => {
      if (conversation_id !== matchId) return;
      setMessages((known) => {
        // Reading one is reading all before it.
        const last = known.find(({ id }) => id === message_id)?.seq ?? 0;
        const isRead = ({ seq, senderId, readAt }: Message) => !readAt && senderId !== user_id && seq <= last;
        return known.map((message) => (isRead(message) ? { ...message, readAt: read_at } : message));
      });
    });
    socket.on("error", ({ message }) => setError(message));

    return () => {
      clearTimeout(typed.current);
      socket.disconnect();
      setSocket(null);
      setConnected(false);
      setOnline(false);
    };
  }, [matchId]);

  const sendMessage = useCallback(
    (content: string) => {
      setError(null);
      const message = { match_id: matchId, content, client_id: crypto.randomUUID() };
      socket?.emit("send_message", message, (lost: Error | null, answer?: Acknowledged) => {
        if (lost || !answer?.success) setError(answer?.error?.message ?? "This message could not be sent.");
      });
    },
    [socket, matchId],
  );
  const sendTyping = useCallback(
    (isTyping: boolean) => void socket?.volatile.emit("typing", { match_id: matchId, is_typing: isTyping }),
    [socket, matchId],
  );
  const markAsRead = useCallback(
    (messageId: string) => void socket?.volatile.emit("read_message", { message_id: messageId, match_id: matchId }),
    [socket, matchId],
  );
  return { socket, connected, online, messages, typing, sendMessage, sendTyping, markAsRead, error };
}
