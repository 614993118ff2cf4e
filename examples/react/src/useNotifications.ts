// The bell: what is new, how many are unread, and marking them.
import { useCallback, useEffect, useRef, useState } from "react";
import { LiveSocket, socketAddress } from "./live";
import { ticket } from "./session";

export interface Notice {
  notification_id: string;
  title: string;
  message: string;
  notification_type: string;
  timestamp: string;
  room_id?: string;
  sender_id?: string;
  status?: string;
}

const VOLUME = 0.3;

function ring(notice: Notice): void {
  if ("Notification" in window && Notification.permission === "granted") {
    new Notification(notice.title, { body: notice.message, icon: "/favicon.ico", tag: notice.notification_id });
  }
  const sound = new Audio("/notification.mp3");
  sound.volume = VOLUME;
  // Browsers refuse sound before the first click.
  sound.play().catch(() => undefined);
}

export function useNotifications(token: string | null) {
  const [notifications, setNotifications] = useState<Notice[]>([]);
  const [unreadCount, setUnreadCount] = useState(0);
  const [connected, setConnected] = useState(false);
  const live = useRef<LiveSocket | null>(null);
  // A renewed token is for the next connection; this one lives as long as its session.
  const newest = useRef(token);
  newest.current = token;
  const isSignedIn = token !== null;

  useEffect(() => {
    if (!isSignedIn) return;
    const hear = ({ type, data }: { type: string; data?: any }) => {
      if (type === "notification") {
        const notice = data as Notice;
        // One that was told of grows: it comes again under the same id.
        setNotifications((known) => [notice, ...known.filter((one) => one.notification_id !== notice.notification_id)]);
        ring(notice);
      } else if (type === "unread_count") {
        // The server counts, and says so after every change: adding and subtracting here would drift.
        setUnreadCount(data.count);
      } else if (type === "notification_update") {
        const { notification_id: id, status } = data;
        setNotifications((known) =>
          status === "removed"
            ? known.filter((one) => one.notification_id !== id)
            : known.map((one) => (one.notification_id === id ? { ...one, status } : one)),
        );
      }
    };
    const socket = new LiveSocket(async () => socketAddress("/ws/notifications", await ticket(newest.current ?? "")), {
      onMessage: hear,
      onOpen: () => {
        setConnected(true);
        socket.send({ type: "get_unread_count" });
      },
      onClose: () => setConnected(false),
    });
    live.current = socket;
    socket.start();
    return () => {
      live.current = null;
      socket.stop();
      setConnected(false);
      setNotifications([]);
      setUnreadCount(0);
    };
  }, [isSignedIn]);

  const markAsRead = useCallback((notificationId: string) => {
    if (!live.current?.send({ type: "mark_read", notification_id: notificationId })) return;
    setUnreadCount((count) => Math.max(0, count - 1));
  }, []);
  return { notifications, unreadCount, connected, markAsRead };
}
