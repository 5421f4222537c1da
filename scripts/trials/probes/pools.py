"""When a pool assigns a connection to a request.

No public hook of a library tells that, so a method of its own is wrapped: which one, its record
says. Where a release has no such method, nothing is noted. Standard library only.
"""

import functools

import connections
import imports


def tap(note, assignments, wrapped):
    """Note each assignment, once the library that makes it is imported.

    Args:
        note: is told of them, see `connections.Note`.
        assignments: (module, class, method, way) of each method that assigns. By the way "marks"
            it is a method of the pool's own record of a request, which is made by the request's
            task and marked as assigned by any; by "returns", one that returns the connection to
            the request's task.
        wrapped: receives the methods that are wrapped, as "module.class.method".
    """
    for module, owner, method, way in assignments:

        def wrap(imported, owner=owner, method=method, way=way):
            place = getattr(imported, owner, None)
            if place is not None and callable(getattr(place, method, None)):
                WAYS[way](note, place, method)
                wrapped.append("%s.%s.%s" % (imported.__name__, owner, method))

        imports.after(module, wrap)


def marks(note, owner, method):
    """Note the calls of a method of the pool's record of a request."""
    construct, mark = owner.__init__, getattr(owner, method)

    @functools.wraps(construct)
    def constructor(self, *arguments, **named):
        construct(self, *arguments, **named)
        self.noted_request = connections.REQUEST.get()

    @functools.wraps(mark)
    def marking(self, *arguments, **named):
        note.assign(getattr(self, "noted_request", None))
        return mark(self, *arguments, **named)

    owner.__init__ = constructor
    setattr(owner, method, marking)


def returns(note, owner, method):
    """Note the returns of a coroutine method that gives its caller a connection."""
    give = getattr(owner, method)

    @functools.wraps(give)
    async def giving(self, *arguments, **named):
        connection = await give(self, *arguments, **named)
        note.assign(connections.REQUEST.get())
        return connection

    setattr(owner, method, giving)


WAYS = {"marks": marks, "returns": returns}
