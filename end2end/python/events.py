"""The documented Python client: connects with a token, hears events, waits. Says each event as a line of JSON."""

import json
import sys

import socketio

url, token, *transports = sys.argv[1:]
sio = socketio.Client()


def say(event, data=None):
    # In one piece: events are heard on threads side by side.
    sys.stdout.write(json.dumps([event, data]) + "\n")
    sys.stdout.flush()


@sio.event
def connect():
    say("connect")


@sio.event
def connect_error(data):
    say("connect_error", data)


@sio.event
def disconnect(reason):
    say("disconnect", reason)


@sio.event
def notification(data):
    say("notification", data)


@sio.event
def like_update(data):
    say("like_update", data)


@sio.on("*")
def anything_else(event, data=None):
    say(event, data)


try:
    sio.connect(url, auth={"token": token}, transports=transports or None)
except socketio.exceptions.ConnectionError as refused:
    sys.exit(f"refused: {refused}")
say("transport", sio.transport())
sio.wait()
