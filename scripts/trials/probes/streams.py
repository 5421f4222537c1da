"""What streams of anyio's keep from their transports, noted of the connections they are of.

Standard library only: the modules are handed in.
"""

import time


def entry_of(stream, note, anyio):
    """The entry of a stream's connection; None where it is not noted, or over, as that of an
    earlier one from the same port.
    """
    port = stream.extra(anyio.abc.SocketAttribute.local_port, None)  # noqa: S610 - no Django
    entry = note.latest.get(port)
    return entry if entry is not None and entry.lost is None else None


def tap(note, anyio):
    """Note the requests that write on a stream of anyio's whose transport is already gone.

    Such a write never comes to the transport: the stream raises what it remembers. Only public
    names are used, `anyio.connect_tcp` and the stream's own `send`.
    """
    connect_tcp = anyio.connect_tcp

    async def noting_connect(*arguments, **named):
        stream = await connect_tcp(*arguments, **named)
        entry = entry_of(stream, note, anyio)
        if entry is not None:
            send = stream.send

            async def noting_send(item):
                if not entry.handshaking:
                    entry.turn()
                await send(item)

            stream.send = noting_send
        return stream

    anyio.connect_tcp = noting_connect


def tap_tls(note, anyio, tls):
    """Keep TLS' own bytes out of the turns of requests, on streams of anyio's.

    Such a stream speaks TLS above its transport, which only sees what is encrypted: the handshake,
    requests, answers, tickets that come when they like. So an answer is noted where it is
    decrypted. Only public names are used, `TLSStream.wrap` and the stream's own `receive`.

    Args:
        note: has the entries.
        anyio: the module.
        tls: its module `anyio.streams.tls`.
    """
    wrap = tls.TLSStream.wrap

    async def noting_wrap(transport_stream, *arguments, **named):
        entry = entry_of(transport_stream, note, anyio)
        if entry is None:
            return await wrap(transport_stream, *arguments, **named)
        entry.handshaking = entry.veiled = True
        try:
            stream = await wrap(transport_stream, *arguments, **named)
        finally:
            entry.handshaking = False
        receive = stream.receive

        async def noting_receive(*arguments, **named):
            try:
                data = await receive(*arguments, **named)
            except anyio.EndOfStream:
                # TLS' word that the other is done, which may come before the transport's.
                entry.eof = entry.eof or time.monotonic()
                raise
            entry.answer()
            return data

        stream.receive = noting_receive
        return stream

    tls.TLSStream.wrap = staticmethod(noting_wrap)
