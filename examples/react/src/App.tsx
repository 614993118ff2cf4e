// A small page that uses every hook: sign in, then the feed beside the bell, or one conversation.
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { Channel, Chat } from "./Chat";
import {
  type FeedComment,
  type FeedPost,
  useWebSocketConnections,
  useWebSocketFeed,
  useWebSocketNotifications,
  useWebSocketOnline,
} from "./channels";
import { freshToken, signIn, signOut } from "./session";
import { useNotifications } from "./useNotifications";

const TOKEN_CHECK_MS = 60_000;

export function App() {
  const [token, setToken] = useState<string | null>(null);
  useEffect(() => {
    if (!token) return;
    const renewing = setInterval(() => void freshToken().then(setToken, () => setToken(null)), TOKEN_CHECK_MS);
    return () => clearInterval(renewing);
  }, [token]);

  if (!token) return <SignIn onSignedIn={() => void freshToken().then(setToken)} />;
  const leave = () => {
    setToken(null);
    void signOut();
  };
  return (
    <>
      <Bell token={token} />
      <button onClick={leave}>Sign out</button>
      <Place path={location.pathname} />
    </>
  );
}

// The routes: /chat/:matchId, /channel/:chatId, and everything else.
function Place({ path }: { path: string }) {
  const [, place, id] = path.split("/");
  if (place === "chat" && id) return <Chat matchId={id} />;
  if (place === "channel" && id) return <Channel chatId={id} />;
  return <Home />;
}

function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const [error, setError] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn(String(form.get("login")), String(form.get("password"))).then(onSignedIn, (cause: Error) => setError(cause.message));
  };
  return (
    <form onSubmit={submit}>
      <label>
        Email or handle <input name="login" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button>Sign in</button>
      {error && <p role="alert">{error}</p>}
    </form>
  );
}

function Bell({ token }: { token: string }) {
  const { notifications, unreadCount, connected, markAsRead } = useNotifications(token);
  return (
    <section aria-label="Notifications">
      {!connected && <p role="status">Reconnecting…</p>}
      <h2>Notifications {unreadCount > 0 && <span className="badge">{unreadCount}</span>}</h2>
      <ul>
        {notifications.map((one) => (
          <li key={one.notification_id} data-status={one.status}>
            {one.message}
            {one.status !== "read" && <button onClick={() => markAsRead(one.notification_id)}>Mark as read</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Home() {
  const [posts, setPosts] = useState<(FeedPost & { comments: FeedComment[] })[]>([]);
  const [online, setOnline] = useState<Map<number, string>>(new Map());
  const [requests, setRequests] = useState<{ id: number; name: string }[]>([]);
  const { toast, say } = useToast();

  const feed = useWebSocketFeed(
    (post) => setPosts((before) => [{ ...post, comments: [] }, ...before]),
    (comment) =>
      setPosts((before) =>
        before.map((post) => (post.id === comment.post_id ? { ...post, comments: [...post.comments, comment] } : post)),
      ),
  );
  useWebSocketOnline(
    (id, name) => setOnline((before) => new Map(before).set(id, name)),
    (id) => setOnline((before) => new Map([...before].filter(([one]) => one !== id))),
  );
  useWebSocketConnections(
    (request) => setRequests((before) => [...before, { id: request.request_id, name: request.from_user_name }]),
    (userId) => say(`Connected with ${online.get(userId) ?? userId}`),
  );
  useWebSocketNotifications((notification) => {
    if (notification.type === "comment_on_post") say(`${notification.user_name} commented on your post`);
  });

  return (
    <main>
      {!feed.isConnected && <p role="status">Reconnecting…</p>}
      {toast && <p role="alert">{toast}</p>}
      <List name="Feed" items={posts.map((post) => [post.id, `${post.content} (${post.comments.map((one) => one.content).join(", ")})`])} />
      <List name="Online" items={[...online]} />
      <List name="Requests" items={requests.map(({ id, name }) => [id, name])} />
    </main>
  );
}

function List({ name, items }: { name: string; items: [number, string][] }) {
  return (
    <section>
      <h2>{name}</h2>
      <ul aria-label={name}>
        {items.map(([id, text]) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </section>
  );
}

const TOAST_MS = 5_000;

function useToast() {
  const [toast, setToast] = useState("");
  const going = useRef<ReturnType<typeof setTimeout>>(undefined);
  const say = useCallback((text: string) => {
    clearTimeout(going.current);
    setToast(text);
    going.current = setTimeout(() => setToast(""), TOAST_MS);
  }, []);
  useEffect(() => () => clearTimeout(going.current), []);
  return { toast, say };
}
