// Tells what is posted and said, over a plain WebSocket: `/ws/feed`, in a browser or in Node.js.
//
//   HUBBUB_URL=http://localhost:10000 HUBBUB_TOKEN=… node feed.mjs
const Socket = globalThis.WebSocket ?? (await import("ws")).WebSocket;
const url = (process.env.HUBBUB_URL ?? "http://localhost:10000").replace(/^http/, "ws");
const HEARTBEAT_MS = 25_000;
const WAIT_MAX_MS = 30_000;

function listen(attempt = 0) {
  const socket = new Socket(`${url}/ws/feed?token=${process.env.HUBBUB_TOKEN}`);
  let heartbeat;

  socket.onopen = () => {
    attempt = 0;
    console.log("listening");
    heartbeat = setInterval(() => socket.send(JSON.stringify({ type: "ping" })), HEARTBEAT_MS);
  };

  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    switch (frame.type) {
      case "new_post":
        return console.log(`post ${frame.post.id} by ${frame.post.userId}: ${frame.post.content}`);
      case "comment_on_post":
        return console.log(`comment on ${frame.post_id} by ${frame.comment.user_id}: ${frame.comment.content}`);
      case "post_deleted":
        return console.log(`post ${frame.post_id} is gone`);
    }
  };

  socket.onclose = ({ code }) => {
    clearInterval(heartbeat);
    if (code === 4401 || code === 4403) {
      console.error("HUBBUB_TOKEN is not valid.");
      process.exitCode = 1;
      return;
    }
    // By chance within a window that grows, so that a restart does not bring everybody back at once; and never giving up.
    const window = Math.min(1_000 * 2 ** attempt, WAIT_MAX_MS);
    setTimeout(() => listen(attempt + 1), Math.random() * window);
  };
  socket.onerror = () => {};
}

listen();
