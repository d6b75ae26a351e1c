"""The ports that the program serves on: free, or its own already."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from dataclasses import dataclass

from altmount.doctor.finding import Finding, Grade, Say

CHECK = "ports"
SECONDS = 10.0

_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Looks whether ports can be served on.

    Args:
        port: ``webdav.port``.
        own_port: ``webdav.own_port``; 0 for none.
        served: Whether our own server answers at ``port``.
    """

    port: int
    own_port: int
    served: bool

    async def look(self, say: Say) -> None:
        """Say how each stands."""
        if self.served:
            text = f"port {self.port} is served by altmount"
            say(Finding(CHECK, "webdav.port", Grade.OK, text))
        else:
            say(await _free("webdav.port", self.port))
        if not self.own_port:
            return
        if self.own_port == self.port:
            text = f"port {self.port} cannot be both webdav.port and webdav.own_port"
            fix = "Set webdav.own_port to another port, or to 0."
            say(Finding(CHECK, "webdav.own_port", Grade.ERROR, text, fix))
        elif not self.served:
            say(await _free("webdav.own_port", self.own_port))
        elif await _answers(self.own_port):
            text = f"port {self.own_port} is served"
            say(Finding(CHECK, "webdav.own_port", Grade.OK, text))
        else:
            text = f"the server that runs does not serve port {self.own_port}"
            fix = "Restart it: it was started with other settings."
            say(Finding(CHECK, "webdav.own_port", Grade.WARNING, text, fix))


async def _free(key: str, port: int) -> Finding:
    if await _answers(port):
        return _taken(key, port)
    try:
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 as the server does
            _bind(family, address, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _taken(key, port)
        text = f"port {port} cannot be served on: {error.strerror}"
        fix = f"Set {key} to another."
        if error.errno == errno.EACCES:
            text = f"the user {os.geteuid()} may not serve on port {port}"
            fix = f"Set {key} to one above 1023, or let a reverse proxy have this one."
        return Finding(CHECK, key, Grade.ERROR, text, fix)
    return Finding(CHECK, key, Grade.OK, f"port {port} is free")


def _taken(key: str, port: int) -> Finding:
    fix = f"Stop that (`ss -ltnp` says what it is), or set {key} to another port."
    return Finding(CHECK, key, Grade.ERROR, f"another program has port {port}", fix)


def _bind(family: socket.AddressFamily, address: str, port: int) -> None:
    """Take a port as the server does, without listening, and let go of it.

    Raises:
        OSError: That does not work.
    """
    try:
        probe = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return  # a machine without this kind of addresses
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise


async def _answers(port: int) -> bool:
    """Whether anything takes a call there."""
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
