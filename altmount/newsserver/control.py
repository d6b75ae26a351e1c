"""The control port: orders and their results, one JSON object a line, on loopback."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from altmount.aio.scope import TaskScope
from altmount.errors import AltmountError, InvalidRequestError
from altmount.newsserver.orders import Orders
from altmount.newsserver.server import NewsServer

LOOPBACK = "127.0.0.1"

_LONGEST_ORDER = 16 * 1024 * 1024


class ControlPort:
    """Takes orders for a server inside its ``async with``.

    Whoever can connect can have any file posted that the server may read, and an NZB written
    anywhere it may write: it listens on loopback only. A line that is no JSON object ends the
    connection, so that a web page which sends HTTP here gets nowhere.
    """

    def __init__(self, server: NewsServer, port: int = 0) -> None:
        self.port = port
        """TCP port; a free one, filled in on entry, if 0."""

        self._orders = Orders(server)
        self._scope = TaskScope()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._scope)
            listener = await asyncio.start_server(
                self._accept, LOOPBACK, self.port, limit=_LONGEST_ORDER
            )
            stack.callback(listener.close)
            self.port = listener.sockets[0].getsockname()[1]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._scope.start(self._serve(reader, writer), name="news server control")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                order = json.loads(line)
                if not isinstance(order, dict):
                    return
                writer.write(json.dumps(await self._result(order)).encode() + b"\n")
                await writer.drain()
        except (ValueError, ConnectionError):
            pass  # no JSON, a line too long, or gone
        finally:
            writer.close()

    async def _result(self, order: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"ok": True, **await self._orders.carry_out(order)}
        except (AltmountError, OSError) as error:
            return {"ok": False, "error": str(error)}


class Control:
    """The other end: tells a server in another process what to do, inside its ``async with``."""

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        self._port = port
        self._host = host

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(
            self._host, self._port, limit=1 << 30
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def order(self, op: str, **values: object) -> dict[str, Any]:
        """Have an order carried out and give its result. One at a time.

        Raises:
            InvalidRequestError: It was refused, with the server's reason.
            ConnectionError: The server is gone.
        """
        self._writer.write(json.dumps({"op": op, **values}).encode() + b"\n")
        await self._writer.drain()
        line = await self._reader.readline()
        if not line:
            raise ConnectionResetError("the news server is gone")
        result: dict[str, Any] = json.loads(line)
        if not result.pop("ok"):
            raise InvalidRequestError(result["error"])
        return result
