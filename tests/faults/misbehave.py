"""What the faulty servers share: reading a request, answering one, peeking, closing.

Each server is an asyncio script that listens where PORT says and calls `serve` with what it does
to a connection. The first request of a connection is answered well unless the fault forbids it.
"""

import asyncio
import os
import socket
import struct

BODY = b'{"message": "fine"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"


class Connection:
    """One accepted connection."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.transport = writer.transport

    async def request(self):
        """Read one request whole; False at the end of the stream."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            return False
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await self.reader.readexactly(int(line.split(b":")[1]))
        return True

    async def send(self, data):
        """Send bytes and see them off."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, headers=b""):
        """Answer well."""
        await self.send(HEAD % (len(BODY), headers) + BODY)

    async def bytes_waiting(self):
        """Wait, without reading, until the next request's first bytes are in the socket."""
        self.transport.pause_reading()
        descriptor = os.dup(self.transport.get_extra_info("socket").fileno())
        with socket.socket(fileno=descriptor) as peeked:
            while True:
                try:
                    peeked.recv(1, socket.MSG_PEEK)
                    return
                except BlockingIOError:
                    await asyncio.sleep(0.001)

    def close(self):
        """Close as servers do: end of stream."""
        self.transport.close()

    def reset(self):
        """Close with a reset."""
        linger = struct.pack("ii", 1, 0)
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()


def serve(fault, backlog=100):
    """Serve until ended, doing `fault(connection)` to each connection."""

    async def connected(reader, writer):
        try:
            await fault(Connection(reader, writer))
        except OSError:
            pass

    async def main():
        server = await asyncio.start_server(
            connected, "127.0.0.1", int(os.environ["PORT"]), backlog=backlog
        )
        await server.serve_forever()

    asyncio.run(main())
