// A conversation, twice: over Socket.IO with useSocket, and over its channel with useWebSocketChat.
import { type ChangeEvent, type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { type ChatMessage, useWebSocketChat } from "./channels";
import { currentSession } from "./session";
import { type Message, useSocket } from "./useSocket";

// Typing is over this long after the last key.
const TYPING_MS = 2_000;

export function Chat({ matchId }: { matchId: string }) {
  const { messages, typing, online, connected, sendMessage, sendTyping, markAsRead, error } = useSocket(matchId);
  const [text, setText] = useState("");
  const me = currentSession()?.userId;
  const stops = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(stops.current), []);

  // What is on screen is read.
  const last = messages.findLast((message) => message.senderId !== me)?.id;
  useEffect(() => {
    if (last && connected) markAsRead(last);
  }, [last, connected, markAsRead]);

  const change = (event: ChangeEvent<HTMLInputElement>) => {
    setText(event.target.value);
    sendTyping(true);
    clearTimeout(stops.current);
    stops.current = setTimeout(() => sendTyping(false), TYPING_MS);
  };
  const send = () => {
    if (!text.trim()) return;
    sendMessage(text);
    clearTimeout(stops.current);
    sendTyping(false);
    setText("");
  };
  return (
    <Conversation text={text} onChange={change} onSend={send}>
      <p role="status">
        <span className={`dot ${online ? "green" : "grey"}`} />
        {connected ? (online ? "Active now" : "Offline") : "Connecting..."}
      </p>
      {error && <p role="alert">{error}</p>}
      <ol aria-label="Messages">
        {messages.map((message) => (
          <Bubble key={message.id} message={message} mine={message.senderId === me} />
        ))}
      </ol>
      {typing && (
        <p className="typing" aria-label="typing">
          <i>.</i>
          <i>.</i>
          <i>.</i>
        </p>
      )}
    </Conversation>
  );
}

function Bubble({ message, mine }: { message: Message; mine: boolean }) {
  return (
    <li className={mine ? "mine" : "theirs"}>
      {message.content} {mine && message.readAt && <abbr title="Read">✓✓</abbr>}
    </li>
  );
}

export function Channel({ chatId }: { chatId: string }) {
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  const [types, setTypes] = useState(false);
  const [text, setText] = useState("");
  const { sendMessage, setTyping, isConnected } = useWebSocketChat(
    chatId,
    (message) => setMessages((before) => [...before, message]),
    (_userId, isTyping) => setTypes(isTyping),
  );
  const change = (event: ChangeEvent<HTMLInputElement>) => {
    setText(event.target.value);
    setTyping(true);
  };
  const send = () => {
    if (sendMessage(text)) setText("");
  };
  return (
    <Conversation text={text} onChange={change} onSend={send}>
      {!isConnected && <p role="status">Reconnecting…</p>}
      <ol aria-label="Messages">
        {messages.map((message) => (
          <li key={message.message_id}>{message.content}</li>
        ))}
      </ol>
      {types && <p aria-label="typing">User is typing...</p>}
    </Conversation>
  );
}

interface ConversationProps {
  text: string;
  onChange: (event: ChangeEvent<HTMLInputElement>) => void;
  onSend: () => void;
  children: ReactNode;
}

function Conversation({ text, onChange, onSend, children }: ConversationProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <main>
      {children}
      <form onSubmit={submit}>
        <label>
          Message <input value={text} onChange={onChange} />
        </label>
        <button>Send</button>
      </form>
    </main>
  );
}
