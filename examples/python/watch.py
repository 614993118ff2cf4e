"""Says what happens, over Socket.IO.

HUBBUB_URL=http://localhost:10000 HUBBUB_TOKEN=… python watch.py
"""

import os
import sys

import socketio

sio = socketio.Client()  # returns by itself for as long as it takes, with some randomness in its waits


@sio.event
def connected(me):
    print("connected as", me["user_id"], flush=True)


@sio.event
def connect_error(why):
    print("not connected:", why, file=sys.stderr, flush=True)


@sio.event
def notification(it):
    print("bell:", it["message"], flush=True)


@sio.event
def like_update(it):
    print(f"post {it['post_id']} has {it['like_count']} likes", flush=True)


@sio.event
def comment_update(it):
    print(f"post {it['post_id']} has {it['comment_count']} comments", flush=True)


@sio.event
def new_message(it):
    print(f"{it['sender_id']} in {it['conversation_id']}: {it['content']}", flush=True)


@sio.event
def user_status(it):
    print(f"{it['full_name']} is {it['status']}", flush=True)


sio.connect(os.environ.get("HUBBUB_URL", "http://localhost:10000"), auth={"token": os.environ["HUBBUB_TOKEN"]})
sio.wait()
