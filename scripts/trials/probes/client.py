"""Runs one client script, unchanged on disk, and writes down what happened to each request.

Usage: python client.py SPEC.json. Standard library only: this runs inside the environment
under test, with whichever Python and libraries are being judged.

The script is executed as `__main__`, a module as `python -m` runs it. Between its top-level
statements, right after the one that defines a name of interest, the probe gets its turn:
constants of the load are replaced, `send_request` and `main` are wrapped. A script without those
names runs as it is.
"""

import ast
import asyncio
import atexit
import faulthandler
import functools
import gc
import importlib
import importlib.util
import inspect
import json
import os
import re
import sys
import threading
import time
import traceback
import types

import addresses
import chains
import connections
import expiry
import files
import imports
import lifeline
import looks
import numbering
import pools
import preludes
import recorder as recording
import sockets
import stacks
import streams
import uvloops

HOOK = "__between_statements__"


def with_address(url, address):
    """A script's own URL, pointed at the server of this trial; its path stays its own."""
    match = re.match(r"^(https?)://(\[[^\]]*\]|[^/:]*)(:\d+)?(.*)$", url)
    host = match.group(2) if match else ""
    if host not in ("localhost", "127.0.0.1", "[::1]"):
        host = address["host"]
    path = (match.group(4) if match else "") or address["path"]
    return "%s://%s:%d%s" % (address["scheme"], host, address["port"], path)


class Hooks:
    """What the probe does between the script's own statements."""

    def __init__(self, spec, recorder, namespace):
        self.spec = spec
        self.recorder = recorder
        self.namespace = namespace
        self.constants = spec["constants"]
        self.expiry = expiry.Expiry(spec, recorder.replaced)
        self.tapped = False
        self.per_request = False  # whether the script is one whose requests are recorded

    def names(self):
        return {"SERVER_URL", "send_request", "main"} | set(self.constants)

    def __call__(self, name):
        value = self.namespace.get(name)
        if name == "SERVER_URL" and isinstance(value, str) and self.spec["address"]["port"]:
            self.replace(name, with_address(value, self.spec["address"]))
        elif name in self.constants:
            self.replace(name, self.constants[name])
        elif not self.per_request or not isinstance(value, types.FunctionType):
            pass  # what is judged as a whole runs as it is
        elif name == "send_request" and self.spec["notes"]:
            self.expiry.change()
            self.tap_libraries()
            self.namespace[name] = self.recorded(value)
        elif name == "main":
            self.expiry.change()
            self.namespace[name] = self.measured(value)

    def replace(self, name, value):
        if self.namespace[name] != value:
            self.namespace[name] = value
            self.recorder.replaced[name] = value

    def tap_libraries(self):
        """Note what libraries keep to themselves: writes that their own stream keeps from its
        transport, and which request their pool assigns a connection. Some are imported late.
        """
        if self.tapped:  # a script may give the name twice
            return
        self.tapped = True
        recorder = self.recorder
        imports.after("anyio", self.tap_anyio)
        pools.tap(recorder.connections, self.spec["assignments"], recorder.noted)

    def tap_anyio(self, anyio):
        """Note what anyio's streams keep from their transports."""
        streams.tap(self.recorder.connections, anyio)
        if self.spec["address"]["scheme"] == "https":
            tls = importlib.import_module("anyio.streams.tls")
            streams.tap_tls(self.recorder.connections, anyio, tls)

    def payload(self, number, arguments):
        """The request's arguments, its image replaced where the load asks for another size, and
        with its number in it where it is to carry one.
        """
        arguments = self.sized(arguments)
        if not self.spec["numbered"]:
            return arguments
        self.recorder.replaced["image's first characters"] = "the request's number"
        return tuple(
            numbering.marked(argument, number) if isinstance(argument, str) else argument
            for argument in arguments
        )

    def sized(self, arguments):
        """The request's arguments, its image replaced where the load asks for another size."""
        image = self.spec["payload"]
        if image is None:
            return arguments
        changed = tuple(
            image if isinstance(argument, str) and len(argument) != len(image) else argument
            for argument in arguments
        )
        if changed != arguments:
            self.recorder.replaced["payload"] = "%d base64 characters" % len(image)
        return changed

    def recorded(self, original):
        """send_request, with its start, its end and its outcome written down."""
        recorder = self.recorder
        recorder.recorded = True
        if not inspect.iscoroutinefunction(original):

            @functools.wraps(original)
            def call(*arguments, **named):
                if connections.REQUEST.get() is not None:
                    return original(*arguments, **named)  # a retry from within a request
                number = recorder.begin()
                try:
                    result = original(*self.payload(number, arguments), **named)
                except BaseException as error:
                    recorder.finish(number, error)
                    raise
                recorder.finish(number)
                return result

            return call

        @functools.wraps(original)
        async def send(*arguments, **named):
            if connections.REQUEST.get() is not None:
                return await original(*arguments, **named)  # a retry from within a request
            number = recorder.begin()
            try:
                result = await original(*self.payload(number, arguments), **named)
            except BaseException as error:
                recorder.finish(number, error)
                if isinstance(error, Exception):
                    await recorder.others()
                raise
            recorder.finish(number)
            return result

        return send

    def measured(self, original):
        """main, between the two ends of the measured window."""
        recorder = self.recorder
        if not inspect.iscoroutinefunction(original):

            @functools.wraps(original)
            def call(*arguments, **named):
                recorder.open_window()
                try:
                    return original(*arguments, **named)
                finally:
                    recorder.close_window()

            return call

        @functools.wraps(original)
        async def run(*arguments, **named):
            recorder.open_window()
            try:
                if self.spec["notes"]:
                    recorder.punctuality.watch()
            except RuntimeError:
                pass  # not asyncio: the loop's lag stays unknown
            try:
                return await original(*arguments, **named)
            finally:
                try:
                    recorder.punctuality.end()
                except RuntimeError:
                    pass  # not asyncio
                recorder.close_window()

        return run


def defined(statement):
    """The names that a top-level statement defines."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [statement.name]
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def compiled(path, hooks):
    """The script's code with a call of the hook after each statement that defines such a name."""
    with open(path, "rb") as stream:
        tree = ast.parse(stream.read(), path)
    hooks.per_request = any("send_request" in defined(statement) for statement in tree.body)
    names = hooks.names()
    body = []
    for statement in tree.body:
        body.append(statement)
        for name in defined(statement):
            if name in names:
                call = ast.parse("%s(%r)" % (HOOK, name)).body[0]
                for node in ast.walk(call):
                    node.lineno = node.end_lineno = statement.lineno
                    node.col_offset = node.end_col_offset = 0
                body.append(call)
    tree.body = body
    return compile(tree, path, "exec")


def awaiting(coroutine):
    """The lines a suspended coroutine waits in, outermost first."""
    lines = []
    while coroutine is not None and len(lines) < 40:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is not None:
            lines += traceback.format_stack(frame, 1)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return lines


def all_stacks(loop):
    """Every thread's and every task's stack, at most twenty tasks, as text."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():
        name = names.get(ident, "?")
        if name not in ("lifeline", "deadline", "sampler"):
            parts.append("Thread %s:\n%s" % (name, "".join(traceback.format_stack(frame))))
    if loop is not None:
        try:
            tasks = [task for task in asyncio.all_tasks(loop) if not task.done()]
        except RuntimeError:
            tasks = []
        for task in tasks[:20]:
            lines = "".join(awaiting(task.get_coro()))
            parts.append("Task %s (of %d):\n%s" % (task.get_name(), len(tasks), lines))
    return "\n".join(parts)


def write(spec, recorder, note):
    """Write the note, and how often functions were called where that was counted."""
    if recorder.calls is not None:
        files.write(spec["calls"], recorder.calls.record())
    files.write(spec["record"], note)


def give_up_later(spec, recorder):
    """Note where the script hangs, and end, at its deadline; returns the timer of that."""

    def give_up():
        note = recorder.record(spec["libraries"])
        note["hung"] = all_stacks(recorder.punctuality.loop)
        write(spec, recorder, note)
        sys.stdout.flush()
        os._exit(0)

    deadline = threading.Timer(spec["deadline"], give_up)
    deadline.name = "deadline"
    deadline.daemon = True
    deadline.start()
    return deadline


def dump_stacks(path, seconds):
    """Write this process' stacks to a file where it still runs after so many seconds, or crashes;
    but where the call already says what is to be written of a crash, that stays.
    """
    stack_file = open(path, "w")  # noqa: SIM115 - open for as long as we run
    if not faulthandler.is_enabled():
        faulthandler.enable(file=stack_file, all_threads=False)
        os.register_at_fork(after_in_child=faulthandler.disable)
    until = time.monotonic() + seconds

    def arm():
        left = max(0.001, until - time.monotonic())
        faulthandler.dump_traceback_later(left, file=stack_file)

    arm()
    # A fork would wait at its end for the thread that dumps, which it has not.
    os.register_at_fork(before=faulthandler.cancel_dump_traceback_later, after_in_parent=arm)


def note_at_the_end(spec, recorder, deadline):
    """Write the note when the script is done with all its threads and its own last acts.

    What is registered first is called last. A process that the script forked leaves it alone.
    """
    process = os.getpid()

    def leave():
        if os.getpid() == process:
            deadline.cancel()
            note = recorder.record(spec["libraries"])
            gc.collect()  # a task nobody awaits tells of its exception when it is collected
            note["strays"] = recorder.strays.record()
            write(spec, recorder, note)

    atexit.register(leave)


def note_from_now(recorder, serves):
    """Note what goes past the script, and its connections, whatever it runs them on.

    Args:
        recorder: receives the notes.
        serves: whether those count too that the script accepts.
    """
    taps = [(recorder.connections, False)]
    if serves:
        recorder.served = connections.Note()
        taps.append((recorder.served, True))

    def tap_uvloop(uvloop):
        recorder.strays.watch_loops(uvloop.Loop)
        for note, serving in taps:
            uvloops.tap(note, serving, uvloop)

    recorder.strays.watch()
    for note, serving in taps:
        connections.tap(note, serving)
    imports.after("uvloop", tap_uvloop)
    sockets.tap(recorder.connections)
    looks.tap(recorder.connections)
    recorder.noted += ["reading", "looks"]


def change(spec, recorder, deadline):
    """Run what changes the libraries before the script; where it changes nothing, end."""
    path, package = spec["prelude"]
    folders = tuple(site for site in sys.path if os.path.basename(site) == "site-packages")
    try:
        recorder.overridden = preludes.run(path, package, folders)
    except (preludes.Refused, ImportError, SyntaxError) as error:
        recorder.open_window()
        end_here(spec, recorder, deadline, "refused", str(error))


def leave_outside(spec, recorder, deadline, host, port):
    """End, where the script is about to connect to another machine."""
    end_here(spec, recorder, deadline, "outside", "%s:%s" % (host, port))


def end_here(spec, recorder, deadline, why, words):
    """Write down why the script goes no further, and end at once."""
    deadline.cancel()
    note = recorder.record(spec["libraries"])
    note[why] = words
    files.write(spec["record"], note)
    sys.stdout.flush()
    os._exit(1)


def located(name):
    """Where the module lies that `python -m` runs by a name: its own, or its package's __main__.

    Raises:
        ImportError: there is none, or it has no source.
    """
    place = importlib.util.find_spec(name)
    if place is not None and place.submodule_search_locations is not None:
        name += ".__main__"
        place = importlib.util.find_spec(name)
    if place is None:
        raise ModuleNotFoundError("No module named %r" % name, name=name)
    if not place.has_location or not place.origin.endswith(".py"):
        raise ImportError("%r has no source to run" % name, name=name)
    return place


def run(spec, hooks, module):
    """Run the script, or the module, as `__main__`."""
    path = spec["script"]
    if spec["module"]:
        place = located(spec["module"])
        path = place.origin
        module.__spec__ = place
        module.__package__ = place.parent
        module.__loader__ = place.loader
        module.__cached__ = place.cached
    module.__file__ = sys.argv[0] = path
    exec(compiled(path, hooks), vars(module))


def main():
    with open(sys.argv[1]) as stream:
        spec = json.load(stream)
    lifeline.hold(stdin=spec["stdin"])
    script = spec["script"] or os.path.join(os.getcwd(), spec["module"])
    recorder = recording.Recorder(script)
    if spec["calls"] is not None:
        import callcounts

        recorder.calls = callcounts.CallCounts(stacks.Places(script))
    module = types.ModuleType("__main__")
    hooks = Hooks(spec, recorder, vars(module))
    setattr(module, HOOK, hooks)
    sys.modules["__main__"] = module
    sys.argv = [spec["script"]] + spec["arguments"]
    sys.path[0] = os.getcwd() if spec["module"] else os.path.dirname(spec["script"])
    lifeline.step_aside()

    # The stack survives even a hang inside C code; the note, one in which threads still run.
    dump_stacks(spec["stack"], spec["deadline"] + 1)
    deadline = give_up_later(spec, recorder)
    note_at_the_end(spec, recorder, deadline)

    addresses.guard(spec["addresses"], functools.partial(leave_outside, spec, recorder, deadline))
    if spec["notes"]:
        note_from_now(recorder, spec["serves"])
    if spec["prelude"] is not None:
        change(spec, recorder, deadline)
    recorder.open_window()
    code = 0
    try:
        run(spec, hooks, module)
    except SystemExit as leaving:
        code = leaving.code
        recorder.strays.left(leaving)
    except BaseException as error:
        code = 1
        traceback.print_exc()
        chains.note_once(error)
        recorder.script_failure = {
            "chain": chains.chain(error, known=True),
            "traceback": chains.printed(error),
            "count": 1,
        }
    if hooks.per_request:
        recorder.over()  # any other script lasts until its threads have ended
    sys.exit(code)


if __name__ == "__main__":
    main()
