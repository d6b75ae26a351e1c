"""The news server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from altmount.aio.scope import TaskScope
from altmount.newsserver.certificate import self_signed_context
from altmount.newsserver.counters import Counters
from altmount.newsserver.gates import Gates
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.ring import ring
from altmount.newsserver.session import Session
from altmount.newsserver.site import Site
from altmount.newsserver.spool import Spool

_BACKLOG = 512
_HANDSHAKE_SECONDS = 10.0


class NewsServer:
    """Serves articles inside its ``async with``; leaving it cuts all connections."""

    def __init__(
        self,
        knobs: Knobs | None = None,
        *,
        spool: Spool | None = None,
        host: str = "127.0.0.1",
        ports: Sequence[int] = (0,),
        tls_ports: Sequence[int] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """A server that is not listening yet.

        Args:
            knobs: How it behaves; perfect by default.
            spool: What it serves; empty by default. Synthetic posts need not be in it.
            host: The address to listen on.
            ports: TCP ports without TLS; 0 takes a free one.
            tls_ports: TCP ports with TLS; 0 takes a free one.
            tls: A certificate for those; a self-signed one is made by default.
        """
        self.spool = spool or Spool()
        self.host = host
        self.ports = tuple(ports)
        """What it listens on; free ones are filled in on entry."""

        self.tls_ports = tuple(tls_ports)
        self.certificate: bytes | None = None
        """The self-signed certificate as PEM, for clients that want to verify it."""

        self._tls = tls
        self._site = Site(knobs or Knobs(), self.spool)
        self._sessions: set[Session] = set()
        self._listeners: list[asyncio.Server] = []
        self._stack = AsyncExitStack()
        self._scope = TaskScope()

    @property
    def port(self) -> int:
        """The first port without TLS."""
        return self.ports[0]

    @property
    def tls_port(self) -> int:
        """The first port with TLS."""
        return self.tls_ports[0]

    @property
    def knobs(self) -> Knobs:
        """How it behaves; assigning others is felt at once, by open connections, too."""
        return self._site.knobs

    @knobs.setter
    def knobs(self, knobs: Knobs) -> None:
        self._site.knobs = knobs

    @property
    def counters(self) -> Counters:
        return self._site.counters

    @property
    def gates(self) -> Gates:
        """Where the faults of kind HOLD keep answers."""
        return self._site.gates

    async def disconnect(self) -> int:
        """Cut all connections that are open now; how many there were."""
        sessions = list(self._sessions)
        for session in sessions:
            await session.abort()
        return len(sessions)

    async def cut(self) -> int:
        """Cut the line: :meth:`disconnect`, and refuse every call until :meth:`mend`."""
        self._stop_listening()
        return await self.disconnect()

    async def mend(self) -> None:
        """Listen again where the server listened before; nothing if the line is whole.

        Raises:
            OSError: Another program has taken a port since.
        """
        if not self._listeners:
            await self._listen()

    async def __aenter__(self) -> Self:
        ring()  # made now, so that the first client does not wait for it
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._scope)
            stack.push_async_callback(self.disconnect)
            stack.callback(self._stop_listening)
            if self.tls_ports and self._tls is None:
                self._tls, self.certificate = self_signed_context()
            await self._listen()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _listen(self) -> None:
        ports, tls_ports = self.ports, self.tls_ports
        try:
            self.ports = tuple([await self._listen_at(port, None) for port in ports])
            self.tls_ports = tuple([await self._listen_at(port, self._tls) for port in tls_ports])
        except BaseException:
            self._stop_listening()
            raise

    async def _listen_at(self, port: int, tls: ssl.SSLContext | None) -> int:
        listener = await asyncio.get_running_loop().create_server(
            self._session,
            self.host,
            port,
            ssl=tls,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if tls else None,
            backlog=_BACKLOG,
        )
        self._listeners.append(listener)
        found: int = listener.sockets[0].getsockname()[1]
        return found

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def _session(self) -> Session:
        return Session(self._site, self._start, self._sessions)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._scope.start(work, name="news server session")
