// The hook that all channels stand on.
import { useCallback, useEffect, useRef, useState } from "react";
import { type Frame, LiveSocket, socketAddress } from "./live";
import { renew, ticket } from "./session";

export function useWebSocket(
  channel: string,
  onMessage: (message: Frame) => void,
  onError?: (error: Event) => void,
  onOpen?: () => void,
  onClose?: () => void,
): { send: (message: object) => boolean; isConnected: boolean } {
  const [isConnected, setConnected] = useState(false);
  const live = useRef<LiveSocket | null>(null);
  // The newest handlers: written anew at each render, they must not make it connect anew.
  const handlers = useRef({ onMessage, onError, onOpen, onClose });
  handlers.current = { onMessage, onError, onOpen, onClose };

  useEffect(() => {
    const address = async () => socketAddress(`/ws/${channel}`, await ticket());
    const socket = new LiveSocket(
      address,
      {
        onMessage: (message) => handlers.current.onMessage(message),
        onError: (error) => handlers.current.onError?.(error),
        onOpen: () => {
          setConnected(true);
          handlers.current.onOpen?.();
        },
        onClose: () => {
          setConnected(false);
          handlers.current.onClose?.();
        },
      },
      renew,
    );
    live.current = socket;
    socket.start();
    return () => {
      live.current = null;
      socket.stop();
    };
  }, [channel]);

  const send = useCallback((message: object) => live.current?.send(message) ?? false, []);
  return { send, isConnected };
}
