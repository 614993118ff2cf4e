"""The bell in the terminal, over a plain WebSocket: prints what comes, and marks it as read with --read.

HUBBUB_URL=http://localhost:10000 HUBBUB_TOKEN=… python bell.py [--read]
"""

import asyncio
import json
import os
import random
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

BASE = os.environ.get("HUBBUB_URL", "http://localhost:10000").replace("http", "ws", 1)
ADDRESS = f"{BASE}/ws/notifications?token={os.environ['HUBBUB_TOKEN']}"


async def listen():
    # The library's own pings keep the connection alive.
    async with connect(ADDRESS) as socket:
        await socket.send(json.dumps({"type": "get_unread_count"}))
        async for frame in socket:
            await hear(socket, json.loads(frame))


async def hear(socket, frame):
    data = frame.get("data", {})
    if frame["type"] == "unread_count":
        print(data["count"], "unread", flush=True)
    elif frame["type"] == "notification":
        print(f"{data['title']}: {data['message']}", flush=True)
        if "--read" in sys.argv:
            await socket.send(json.dumps({"type": "mark_read", "notification_id": data["notification_id"]}))


async def main():
    attempt = 0
    while True:
        try:
            await listen()
        except ConnectionClosed as closed:
            if closed.rcvd and closed.rcvd.code in (4401, 4403):
                sys.exit("HUBBUB_TOKEN is not valid.")
            attempt = 0
        except OSError:
            attempt += 1
        await asyncio.sleep(random.uniform(0, min(2**attempt, 30)))


asyncio.run(main())
