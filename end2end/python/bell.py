"""What one types into a console client of the bell: each line read is sent, each frame is printed."""

import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

with connect(sys.argv[1]) as socket:
    print("connected", flush=True)

    def send_lines():
        for line in sys.stdin:
            socket.send(line.strip())
        socket.close()

    threading.Thread(target=send_lines, daemon=True).start()
    try:
        for frame in socket:
            print("<", frame, flush=True)
    except ConnectionClosed:
        pass
    print("closed", socket.close_code, flush=True)
