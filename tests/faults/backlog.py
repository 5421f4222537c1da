"""Listens with the shortest accept queue and never accepts."""

import os
import socket
import time

if __name__ == "__main__":
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(os.environ["PORT"])))
        listener.listen(1)
        time.sleep(60)
