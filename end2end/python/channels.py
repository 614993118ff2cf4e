"""One small socket for each concern: says what arrives on which, and sends what it reads on standard input."""

import asyncio
import json
import sys

from websockets.asyncio.client import connect

url, token, *channels = sys.argv[1:]


async def listen(channel, sockets):
    async with connect(f"{url}/ws/{channel}?token={token}") as socket:
        sockets[channel] = socket
        print(json.dumps([channel, {"type": "open"}]), flush=True)
        async for frame in socket:
            print(json.dumps([channel, json.loads(frame)]), flush=True)


async def main():
    sockets = {}
    listening = [asyncio.create_task(listen(channel, sockets)) for channel in channels]
    while line := await asyncio.to_thread(sys.stdin.readline):
        channel, message = json.loads(line)
        await sockets[channel].send(json.dumps(message))
    for socket in sockets.values():
        await socket.close()
    await asyncio.gather(*listening)


asyncio.run(main())
