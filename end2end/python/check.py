"""The documented check of an installation: registers, connects, tests notifications and the heartbeat, prints events."""

import sys
import threading
import time

import requests
import socketio

url = sys.argv[1]
name = f"check{time.time_ns() % 10**9}"
form = {"email": f"{name}@example.org", "username": name, "full_name": "Check", "password": "four walls and a kettle"}
answer = requests.post(f"{url}/api/auth/register", json=form, timeout=10)
answer.raise_for_status()
token = answer.json()["access_token"]
print("registered", answer.json()["user"]["id"])

sio = socketio.Client()
heard = {event: threading.Event() for event in ("connected", "notification", "pong")}


def hears(event):
    def handler(data):
        print(event, data)
        heard[event].set()

    sio.on(event, handler)


for event in heard:
    hears(event)

sio.connect(url, auth={"token": token}, transports=["websocket"])
assert heard["connected"].wait(10), "no greeting came"

told = requests.post(
    f"{url}/api/ws/test-notification",
    headers={"Authorization": f"Bearer {token}"},
    json={"message": "Test notification message"},
    timeout=10,
)
assert told.json()["success"] is True, told.text
assert heard["notification"].wait(10), "no notification came"

sio.emit("ping")
assert heard["pong"].wait(10), "no pong came"
sio.disconnect()
print("all well")
