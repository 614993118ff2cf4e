"""Says what happens, over Socket.IO.

HUBBUB_URL=http://localhost:10000 HUBBUB_TOKEN=… python watch.py
"""

import os
import sys

import socketio


def say(*words):
    """Each event has a thread of its own: a line is written at once, or two of them meet in one."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


sio = socketio.Client()  # returns by itself for as long as it takes, with some randomness in its waits


@sio.event
def connected(me):
    say("connected as", me["user_id"])


@sio.event
def connect_error(why):
    print("not connected:", why, file=sys.stderr, flush=True)


@sio.event
def notification(it):
    say("bell:", it["message"])


@sio.event
def like_update(it):
    say(f"post {it['post_id']} has {it['like_count']} likes")


@sio.event
def comment_update(it):
    say(f"post {it['post_id']} has {it['comment_count']} comments")


@sio.event
def new_message(it):
    say(f"{it['sender_id']} in {it['conversation_id']}: {it['content']}")


@sio.event
def user_status(it):
    say(f"{it['full_name']} is {it['status']}")


sio.connect(os.environ.get("HUBBUB_URL", "http://localhost:10000"), auth={"token": os.environ["HUBBUB_TOKEN"]})
sio.wait()
