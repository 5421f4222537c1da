"""Runs one server script and writes down the connections it saw.

Usage: python server.py SPEC.json. Needs uvicorn only where the script defines an ASGI `app`;
such an app is served here, on a loopback port the system chose. Any other script is run as it
is, as `__main__`, told its port in PORT, and in DELAY and KEEP_ALIVE the seconds that the load
names.
"""

import ast
import asyncio
import functools
import importlib.util
import inspect
import json
import os
import resource
import runpy
import socket
import sys
import threading
import time

import connections
import files
import forks
import imports
import lifeline
import numbering
import uvloops

UVICORN_PROTOCOLS = (
    ("uvicorn.protocols.http.h11_impl", "H11Protocol"),
    ("uvicorn.protocols.http.httptools_impl", "HttpToolsProtocol"),
)


class Note:
    """What the server saw, in this process and in those it forks."""

    def __init__(self, path):
        self.path = path
        self.connections = connections.Note()
        self.listens = False  # where Python sees it: else nothing is known of what is accepted
        self.replaced = {}
        self.counts = None  # of requests, where they carry a number
        self.stop = lambda: os._exit(0)
        self.lock = threading.Lock()
        self.written = False
        self.forks = forks.Forks(path, self.record, self.clear)

    def record(self):
        """The note of this process, ready for JSON; times in seconds on the monotonic clock."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "connections": self.connections.record(),
            "cpu": (usage.ru_utime, usage.ru_stime),
            "python": sys.version.split()[0],
            "replaced": self.replaced,
            "worked": None if self.counts is None else self.counts.record(),
        }

    def clear(self):
        """Forget what belongs to the process that this one was forked from."""
        self.connections.clear()
        if self.counts is not None:
            self.counts.clear()

    def write(self):
        """Write the note, once: what all processes saw of the server's connections."""
        with self.lock:
            if self.written:
                return
            self.written = True
            note = self.record()
            for other in self.forks.notes():
                note["connections"] += other["connections"]
                if note["worked"] is not None:
                    numbering.join(note["worked"], other["worked"])
                note["cpu"] = [note["cpu"][mode] + other["cpu"][mode] for mode in (0, 1)]
            note["connections"].sort(key=lambda connection: connection["opened"])
            if not note["connections"] and not self.listens:
                note["connections"] = None
            files.write(self.path, note)

    def tap(self):
        """Note what any of Python's event loops accepts, and uvicorn's timers, from now on."""
        connections.tap(self.connections, serving=True)
        imports.after("uvloop", functools.partial(uvloops.tap, self.connections, True))
        for module, protocol in UVICORN_PROTOCOLS:
            imports.after(module, functools.partial(self.tap_timer, protocol))
        listen = socket.socket.listen

        def noting_listen(sock, *arguments):
            self.listens = True
            listen(sock, *arguments)

        socket.socket.listen = noting_listen

    def tap_timer(self, name, module):
        """Note when the keep-alive timer of a protocol of uvicorn's runs out."""
        protocol = getattr(module, name, None)
        handler = getattr(protocol, "timeout_keep_alive_handler", None)
        if handler is None:
            return  # a release whose timer is called otherwise

        def noting_handler(connection):
            client = connection.client
            entry = self.connections.latest.get(client[1]) if client else None
            if entry is not None:
                entry.timer = time.monotonic()
            handler(connection)

        protocol.timeout_keep_alive_handler = noting_handler


def defines_app(path):
    """Whether a script's top level gives something the name `app`; nothing of it is run."""
    with open(path, "rb") as stream:
        tree = ast.parse(stream.read(), path)
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [statement.name]
        else:
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        if "app" in names:
            return True
    return False


def load(path):
    """The script as a module that is not `__main__`."""
    spec = importlib.util.spec_from_file_location("served_script", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["served_script"] = module
    spec.loader.exec_module(module)
    return module


def is_asgi(app):
    """Whether uvicorn can serve this object as an ASGI 3 application."""
    return callable(app) and (
        inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)
    )


class Clock:
    """The `asyncio` that the served script sees: the module, but for how long a sleep takes."""

    def __init__(self, delay):
        self._delay = delay

    def __getattr__(self, name):
        return getattr(asyncio, name)

    async def sleep(self, delay, result=None):
        """Sleep for the load's delay instead of the script's own."""
        return await asyncio.sleep(self._delay if delay > 0 else delay, result)


def serve(module, spec, note):
    """Serve the module's `app` until told to stop."""
    import uvicorn

    if spec["delay"] is not None and hasattr(module, "asyncio"):
        module.asyncio = Clock(spec["delay"])
        note.replaced["asyncio.sleep"] = spec["delay"]

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets=sockets)
            if self.started:
                ready(spec, sockets[0].getsockname()[1], True)

    options = {}
    if spec["keep_alive"] is not None:
        options["timeout_keep_alive"] = spec["keep_alive"]
    if spec["certificate"] is not None:
        options.update(ssl_certfile=spec["certificate"], ssl_keyfile=spec["key"])
    app = module.app
    if spec["numbered"]:
        note.counts = numbering.Counts()
        app = note.counts.counting(app)
    server = Server(uvicorn.Config(app, **options))

    def stop():
        server.should_exit = server.force_exit = True

    note.stop = stop
    note.listens = True
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    server.run(sockets=[listener])
    note.write()
    os._exit(0)  # all is done and written: what Python does at its end would only take time


def run(spec, note):
    """Run a script that serves by itself until told to stop."""
    if spec["certificate"] is not None:
        sys.exit("a script that serves by itself is given no certificate: TLS needs an ASGI app")

    def stop():
        note.write()
        os._exit(0)

    note.stop = stop
    if spec["numbered"]:
        note.counts = numbering.Counts()
        imports.after("starlette.applications", note.counts.tap)
    connections.tap_accepts(note.connections)
    os.environ["PORT"] = str(spec["port"])
    for name in ("delay", "keep_alive"):
        if spec[name] is not None:
            os.environ[name.upper()] = str(spec[name])
            note.replaced["environment " + name.upper()] = spec[name]
    sys.argv = [spec["script"]]
    ready(spec, spec["port"], False)
    runpy.run_path(spec["script"], run_name="__main__")


def ready(spec, port, listening):
    """Tell the starter the port, and whether it already accepts connections."""
    files.write(spec["ready"], {"port": port, "listening": listening})


def main():
    with open(sys.argv[1]) as stream:
        spec = json.load(stream)
    note = Note(spec["record"])
    note.tap()
    lifeline.hold(lambda: note.stop())
    sys.path[0] = os.path.dirname(spec["script"])
    lifeline.step_aside()
    module = load(spec["script"]) if defines_app(spec["script"]) else None
    if module is not None and is_asgi(getattr(module, "app", None)):
        serve(module, spec, note)
    else:
        run(spec, note)


if __name__ == "__main__":
    main()
