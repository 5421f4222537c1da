"""A number in each request, by which the server counts how often it worked on it.

The first characters of the image make room for it, so that a request is as long as ever.
Standard library only.
"""

import re

MARK = "number%08d"
LENGTH = 14
MARKED = re.compile(rb"number(\d{8})")
COUNTED = "request counted"
NEAR = 4096  # bytes of a body within which the number stands


def marked(text, number):
    """A text whose beginning makes room for a number; shorter ones stay as they are."""
    return MARK % number + text[LENGTH:] if len(text) > LENGTH else text


class Counts:
    """How often a server worked on each request: number -> times."""

    def __init__(self):
        self.times = {}

    def counting(self, application):
        """An ASGI application that counts the requests that came to it whole."""

        async def counted(scope, receive, send):
            if COUNTED in scope:  # by the application that this one is a part of
                return await application(scope, receive, send)
            scope[COUNTED] = True
            body = [b""]

            async def receiving():
                event = await receive()
                if event["type"] == "http.request":
                    if len(body[0]) < NEAR:
                        body[0] += event.get("body", b"")[:NEAR]
                    if not event.get("more_body", False):
                        self.count(body[0])
                return event

            await application(scope, receiving if scope["type"] == "http" else receive, send)

        return counted

    def clear(self):
        """Forget what was counted: it belongs to the process that this one was forked from."""
        self.times.clear()

    def count(self, body):
        """Count a request by the beginning of its body."""
        match = MARKED.search(body)
        if match is not None:
            number = int(match.group(1))
            self.times[number] = self.times.get(number, 0) + 1

    def tap(self, applications):
        """Count at every application of Starlette's, of which FastAPI's are.

        Args:
            applications: the module starlette.applications.
        """
        call = applications.Starlette.__call__

        async def counting_call(application, scope, receive, send):
            async def called(*arguments):
                await call(application, *arguments)

            await self.counting(called)(scope, receive, send)

        applications.Starlette.__call__ = counting_call

    def record(self):
        """The counts, ready for JSON."""
        return {str(number): times for number, times in self.times.items()}


def join(counts, others):
    """Add another process' counts to a record's."""
    for number, times in others.items():
        counts[number] = counts.get(number, 0) + times
