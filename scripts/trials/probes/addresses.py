"""Keeps this process' connections on this machine, but for addresses that are allowed.

Looks where Python connects: at `socket.socket`, which asyncio, trio and threads all come by, and at
uvloop's loops. What a program started by the client, or code in C, connects to is not seen.
Standard library only; uvloop is not imported for it.
"""

import functools
import ipaddress
import socket

import imports

NAMES = ("", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
"""What this machine is called by itself."""


def local(host):
    """Whether a host, by name or address, is this machine and nothing else."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host.lower() in NAMES:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified  # that of nowhere is this machine's


ADDRESS = {
    "connect": slice(0, 1),
    "connect_ex": slice(0, 1),
    "sendto": slice(-1, None),
    "sendmsg": slice(3, 4),
}
"""Where the methods of a socket that name an address have it; they take no names of arguments."""


class Guard:
    """What decides whether a connection may be made.

    Args:
        allowed: hosts, by name or address, that may be reached though they are elsewhere.
        refuse: called with the host and the port of the first that may not; it does not return.
    """

    def __init__(self, allowed, refuse):
        self.allowed = set(allowed)
        self.refuse = refuse

    def check(self, host, port):
        """Refuse where a host is neither this machine nor allowed."""
        if local(host) or host in self.allowed or self._known(host):
            return
        self.refuse(host, port)

    def _known(self, host):
        """Whether a host is an address of one that is allowed by name."""
        for name in self.allowed:
            try:
                found = socket.getaddrinfo(name, None)
            except (OSError, UnicodeError):
                continue
            if any(entry[4][0] == host for entry in found):
                return True
        return False

    def check_address(self, sock, address):
        """The same of a socket's address; those of other families are no host's."""
        if sock.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            self.check(*address[:2])


def guard(allowed, refuse):
    """Keep connections on this machine from now on."""
    watching = Guard(allowed, refuse)
    for name, place in ADDRESS.items():
        if hasattr(socket.socket, name):
            _wrap(name, place, watching)
    imports.after("uvloop", lambda uvloop: _guard_uvloop(uvloop.Loop, watching))


def _wrap(name, place, watching):
    method = getattr(socket.socket, name)

    @functools.wraps(method)
    def looking(sock, *arguments):
        given = arguments[place]
        if given:
            watching.check_address(sock, given[0])
        return method(sock, *arguments)

    setattr(socket.socket, name, looking)


def _guard_uvloop(loop_class, watching):
    """Look at the hosts that uvloop's loops are to connect to, each address of a name."""
    create_connection = loop_class.create_connection

    @functools.wraps(create_connection)
    async def looking(loop, factory, host=None, port=None, *rest, **named):
        if host is not None and not local(host) and host not in watching.allowed:
            for entry in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                watching.check(*entry[4][:2])
        return await create_connection(loop, factory, host, port, *rest, **named)

    loop_class.create_connection = looking
