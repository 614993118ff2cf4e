// Documented code for a browser page, without a library: the calls and frames as they stand there.

// The notification client.
class NotificationClient {
  constructor(baseUrl, token) {
    Object.assign(this, { baseUrl: baseUrl.replace("http", "ws"), token, reconnectAttempts: 0, log: [], ws: null });
  }

  connect() {
    this.ws = new WebSocket(`${this.baseUrl}/ws/notifications?token=${this.token}`);
    this.ws.onopen = () => {
      this.log.push(["open"]);
      this.reconnectAttempts = 0;
      this.send({ type: "get_unread_count" });
      this.heartbeat = setInterval(() => this.send({ type: "ping" }), 30_000);
    };
    this.ws.onmessage = ({ data }) => {
      try {
        this.handleMessage(JSON.parse(data));
      } catch {
        // Older servers answer with a bare word.
        this.log.push(["text", data]);
      }
    };
    this.ws.onclose = ({ code, wasClean }) => {
      this.log.push(["close", { code, wasClean }]);
      clearInterval(this.heartbeat);
      if (code !== 1000) this.attemptReconnect();
    };
  }

  handleMessage({ type, data }) {
    this.log.push([type, data]);
    if (type === "unread_count") this.updateUnreadBadge(data.count);
  }

  send(message) {
    if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(message));
  }

  markNotificationAsRead(notification_id) {
    this.send({ type: "mark_read", notification_id });
  }

  attemptReconnect() {
    if (this.reconnectAttempts >= 5) return this.log.push(["gave up"]);
    this.reconnectAttempts += 1;
    setTimeout(() => this.connect(), 1_000 * this.reconnectAttempts);
  }

  updateUnreadBadge(count) {
    const badge = document.getElementById("notification-badge");
    badge.textContent = count > 0 ? count : "";
    badge.style.display = count > 0 ? "inline" : "none";
  }

  disconnect() {
    clearInterval(this.heartbeat);
    this.ws?.close(1000, "Client disconnecting");
  }
}

// One socket of a channel, which keeps what came.
function openChannel(channel, token) {
  const socket = new WebSocket(`ws://${location.host}/ws/${channel}?token=${token}`);
  socket.frames = [];
  socket.onmessage = ({ data }) => socket.frames.push(JSON.parse(data));
  socket.onopen = () => socket.send(JSON.stringify({ type: "ping" }));
  return socket;
}

const badge = document.createElement("span");
badge.id = "notification-badge";
badge.style.display = "none";
document.body.append(badge);
Object.assign(window, { NotificationClient, openChannel });
