"""Stragglers: articles that a player waits for and that are late are asked for a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from altmount.errors import AltmountError
from altmount.logs.logger import logger_of
from altmount.nntp.exchange import Exchange
from altmount.nntp.pool import Pool
from altmount.nntp.protocol import Answer

# A second time for one article in a hundred, and for a few at once: where the whole line is slow
# everything is late, and asking for it again would only make it slower.
_SHARE, _AT_ONCE = 0.01, 2.0


_log = logger_of(__name__)


class Allowance:
    """How many articles may be asked for a second time."""

    def __init__(self) -> None:
        self._left = _AT_ONCE

    def earn(self) -> None:
        """An article was served."""
        self._left = min(_AT_ONCE, self._left + _SHARE)

    def spend(self) -> bool:
        """Whether one more may be; then it is counted."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Second(NamedTuple):
    """Who was asked a second time, and how."""

    pool: Pool
    exchange: Exchange


class Watch:
    """Looks after an exchange, and has another overtake it when it is late.

    The first right answer wins; the other is given up. Nothing is left behind once its ``with``
    is left.

    Args:
        pool: Who was asked.
        exchange: For what.
        allowance: Of all watches together.
        right: Whether an answer is the article.
        whom: Whom to ask a second time; ``None`` for nobody.
    """

    def __init__(
        self,
        pool: Pool,
        exchange: Exchange,
        allowance: Allowance,
        right: Callable[[Answer], bool],
        whom: Callable[[Pool, Exchange], Pool | None],
    ) -> None:
        self.second: Second | None = None
        """What overtakes it, once it is late."""

        self._pool = pool
        self._exchange = exchange
        self._allowance = allowance
        self._right = right
        self._whom = whom
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.second is not None:
            self.second.pool.withdraw(self.second.exchange)

    def awaited(self) -> None:
        """A player goes no further without it."""
        if self._timer is None:
            self._timer = self._loop.call_at(self._late_at(), self._look)

    def _late_at(self) -> float:
        """When it is late; while it waits for its turn it is not."""
        exchange = self._exchange
        began = exchange.sent_at if exchange.sent else self._loop.time()
        return began + self._pool.lateness.late_after(exchange.expected)

    def _look(self) -> None:
        late_at = self._late_at()
        if self._exchange.answer.done():
            return
        if self._loop.time() < late_at:
            self._timer = self._loop.call_at(late_at, self._look)
            return
        pool = self._whom(self._pool, self._exchange)
        if pool is not None and self._allowance.spend():
            self._ask(pool)

    def _ask(self, pool: Pool) -> None:
        second = pool.second(self._exchange)
        try:
            pool.post(second)
        except AltmountError:
            return
        self.second = Second(pool, second)
        self._pool.tally.late += 1
        _log.info("an article is late and asked for again", provider=pool.provider.id)
        second.answer.add_done_callback(self._answered)

    def _answered(self, answer: asyncio.Future[Answer]) -> None:
        if answer.cancelled() or answer.exception() is not None:
            return  # the first may still come; if it does not, the inquiry looks at this one
        if self._right(answer.result()):
            self._pool.overtake(self._exchange, answer.result())
