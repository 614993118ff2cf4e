"""Takes part in one conversation over Socket.IO: says what it hears, and emits what it reads on standard input."""

import json
import sys

import socketio

url, token, conversation_id = sys.argv[1:]
sio = socketio.Client()


def say(event, data):
    sys.stdout.write(json.dumps([event, data]) + "\n")
    sys.stdout.flush()


@sio.on("*")
def hear(event, data=None):
    say(event, data)


@sio.event
def connected(data):
    sio.emit("join_conversation", {"conversation_id": conversation_id}, callback=lambda answer: say("joined", answer))


sio.connect(url, auth={"token": token})
for line in sys.stdin:
    sio.emit(*json.loads(line))
sio.disconnect()
