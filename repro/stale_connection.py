"""A request is written on a connection that its server has closed: of httpx2, else of httpx."""

import asyncio
import importlib.util
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

httpx = importlib.import_module("httpx2" if importlib.util.find_spec("httpx2") else "httpx")


class Service(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 0.2  # seconds that it keeps an idle connection

    def do_POST(self):
        self.rfile.read(1)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def send_request(client):
    await client.post(f"http://127.0.0.1:{server.server_port}", content=b"x")
    time.sleep(0.5)  # stands for all else the loop does before it writes the other request


async def main():
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as client:
        return await asyncio.gather(*map(send_request, [client, client]), return_exceptions=True)


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
failed = [error for error in asyncio.run(main()) if error is not None]
print(httpx.__version__, failed)
raise SystemExit(bool(failed))
