// One hook for each channel.
import { useCallback, useEffect, useRef } from "react";
import type { Frame } from "./live";
import { useWebSocket } from "./useWebSocket";

export interface ChatMessage {
  message_id: number;
  sender_id: number;
  content: string;
  attachment?: string;
  timestamp: string;
}

export interface ConnectionRequest {
  request_id: number;
  from_user_id: number;
  from_user_name: string;
}

export interface FeedPost {
  id: number;
  userId: number;
  content: string;
  timestamp: string;
}

export interface FeedComment {
  post_id: number;
  id: number;
  user_id: number;
  content: string;
}

// Typing ends this long after the last key.
const TYPING_MS = 1_000;
// Within this it is not said again.
const TYPING_AGAIN_MS = 2_000;

export function useWebSocketChat(
  chatId: string | number,
  onMessage: (message: ChatMessage) => void,
  onTyping?: (userId: number, isTyping: boolean) => void,
) {
  const { send, isConnected } = useWebSocket(`messages/${chatId}`, (frame) => {
    if (frame.type === "new_message") onMessage(frame as unknown as ChatMessage);
    if (frame.type === "typing") onTyping?.(frame.user_id, frame.is_typing);
  });
  const typing = useRef<{ saidAt: number; ends?: ReturnType<typeof setTimeout> }>({ saidAt: 0 });

  // Called for each key, it says so seldom, and that it ended by itself.
  const setTyping = useCallback(
    (isTyping: boolean) => {
      clearTimeout(typing.current.ends);
      if (!isTyping) {
        if (typing.current.saidAt) send({ type: "typing", is_typing: false });
        typing.current = { saidAt: 0 };
        return;
      }
      if (Date.now() - typing.current.saidAt > TYPING_AGAIN_MS) {
        send({ type: "typing", is_typing: true });
        typing.current.saidAt = Date.now();
      }
      typing.current.ends = setTimeout(() => setTyping(false), TYPING_MS);
    },
    [send],
  );
  useEffect(() => () => clearTimeout(typing.current.ends), []);

  const sendMessage = useCallback(
    (content: string, attachment?: string) => {
      const sent = send({ type: "message", content, client_id: crypto.randomUUID(), ...(attachment && { attachment }) });
      if (sent) setTyping(false);
      return sent;
    },
    [send, setTyping],
  );
  return { sendMessage, setTyping, isConnected };
}

export function useWebSocketConnections(
  onRequest: (request: ConnectionRequest) => void,
  onAccepted?: (userId: number) => void,
) {
  const { isConnected } = useWebSocket("connections", (frame) => {
    if (frame.type === "connection_request") onRequest(frame as unknown as ConnectionRequest);
    if (frame.type === "connection_accepted") onAccepted?.(frame.user_id);
  });
  return { isConnected };
}

export function useWebSocketNotifications(onNotification: (notification: Frame) => void) {
  const { isConnected } = useWebSocket("notifications", (frame) => {
    if (frame.type === "comment_on_post" || frame.type === "notification") onNotification(frame);
  });
  return { isConnected };
}

export function useWebSocketFeed(onPost: (post: FeedPost) => void, onComment?: (comment: FeedComment) => void) {
  const { isConnected } = useWebSocket("feed", (frame) => {
    if (frame.type === "new_post") onPost(frame.post);
    if (frame.type === "comment_on_post") onComment?.({ ...frame.comment, post_id: frame.post_id });
  });
  return { isConnected };
}

export function useWebSocketOnline(onOnline: (userId: number, fullName: string) => void, onOffline: (userId: number) => void) {
  const { isConnected } = useWebSocket("online", (frame) => {
    if (frame.type === "user_online") onOnline(frame.user_id, frame.full_name);
    if (frame.type === "user_offline") onOffline(frame.user_id);
  });
  return { isConnected };
}
