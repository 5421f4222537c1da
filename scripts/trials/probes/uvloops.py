"""What happened to each TCP connection that this process makes, or accepts, on uvloop.

uvloop's loop is not asyncio's, and its transports take no attributes of ours: each is given to the
library's protocol inside another, which passes all on. Standard library only; uvloop is not
imported for it.
"""

import asyncio
import functools

import connections


class Transport(asyncio.Transport):
    """Stands for a transport that takes no attributes, and passes all on.

    Args:
        inner: the transport.
        tap: the protocol that it has.
    """

    def __init__(self, inner, tap):
        super(Transport, self).__init__()
        self.inner = inner
        self.tap = tap

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def get_protocol(self):
        """The library's own protocol."""
        protocol = self.inner.get_protocol()
        return protocol.inner if protocol is self.tap else protocol

    def set_protocol(self, protocol):
        """Give the connection to another protocol of the library's, and go on with its entry."""
        if isinstance(protocol, asyncio.BufferedProtocol):
            self.inner.set_protocol(protocol)
        else:
            self.tap.inner = protocol
            if self.inner.get_protocol() is not self.tap:
                self.inner.set_protocol(self.tap)


def passing_on(name):
    """A method that calls the inner transport's."""

    def method(self, *arguments, **named):
        return getattr(self.inner, name)(*arguments, **named)

    method.__name__ = name
    return method


for _name in dir(asyncio.Transport):
    if not _name.startswith("_") and _name not in vars(Transport):
        setattr(Transport, _name, passing_on(_name))


class Tap(connections.Tap):
    """Stands between a transport of uvloop's and the library's protocol."""

    def connection_made(self, transport):
        """Begin the entry, and give the library a transport whose calls can be noted."""
        super(Tap, self).connection_made(Transport(transport, self))


def tap(note, serving, uvloop):
    """Note every connection that uvloop's loops make, or accept, from now on.

    Args:
        note: receives the entries.
        serving: whether it is the accepted ones that count.
        uvloop: the module.
    """
    tap_tls(uvloop.Loop)
    connections.tap(note, serving, uvloop.Loop, Tap)


def tap_tls(loop_class):
    """Go on with a connection's entry where TLS begins on it: of that the plain bytes are noted."""
    start_tls = loop_class.start_tls

    @functools.wraps(start_tls)
    async def noting_tls(self, transport, protocol, *arguments, **named):
        if not isinstance(transport, Transport):
            return await start_tls(self, transport, protocol, *arguments, **named)
        if isinstance(protocol, asyncio.BufferedProtocol):
            return await start_tls(self, transport.inner, protocol, *arguments, **named)
        tap = Tap(protocol, transport.tap.note, transport.tap.serving)
        tap.entry = transport.tap.entry
        inner = await start_tls(self, transport.inner, tap, *arguments, **named)
        tap.transport = Transport(inner, tap)
        connections.watch(tap.transport, tap.entry, tap.serving)
        return tap.transport

    loop_class.start_tls = noting_tls
