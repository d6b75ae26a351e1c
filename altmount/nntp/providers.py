"""All providers together: whoever has the article, and has it right, serves it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    ArticleUnavailableError,
    Body,
    MessageId,
    Part,
    Urgency,
)
from altmount.errors import AltmountError
from altmount.nntp.commands import Command, Verb
from altmount.nntp.errors import DeadlineError
from altmount.nntp.outcome import Outcome, Verdict, judge_body, judge_presence
from altmount.nntp.pool import Pool
from altmount.nntp.protocol import Answer

# Readers that failed together must not come back together (seconds).
_SHORTEST_RETRY, _LONGEST_RETRY = 0.05, 0.15
# What an article is taken to be while nothing is known of it, in bytes.
_USUAL_ARTICLE = 800_000
# yEnc adds its escapes and line ends, NNTP its own.
_WIRE_OVERHEAD = 1.03

# An answer of one line, in bytes.
_LINE = 100

Judge = Callable[[Answer], Verdict]


class _Wanted(NamedTuple):
    """What every provider is asked alike."""

    command: Command
    urgency: Urgency
    expected: int
    reader: object


@dataclass(slots=True)
class _Inquiry:
    """What the providers have said so far about one article."""

    wrong: list[str] = field(default_factory=list)
    failed: list[tuple[Pool, str]] = field(default_factory=list)
    hurried: bool = False
    """The last failure was a deadline, which has cost time enough."""

    def note(self, pool: Pool, verdict: Verdict) -> None:
        where = f"{pool.provider.name}: {verdict.reason}"
        if verdict.outcome is Outcome.WRONG:
            self.wrong.append(where)
            pool.tally.wrong += 1
        elif verdict.outcome is Outcome.REFUSED:
            self.failed.append((pool, where))

    def error(self, message_id: MessageId) -> AltmountError:
        """What it comes to. Missing means that every provider said so."""
        if self.failed:
            reasons = "; ".join(dict.fromkeys(reason for _, reason in self.failed))
            return ArticleUnavailableError(message_id, reasons)
        if self.wrong:
            return ArticleDamagedError(message_id, "; ".join(self.wrong))
        return ArticleMissingError(message_id)


class Providers:
    """Where articles come from: every enabled account, the backup ones last."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._main = [pool for pool in pools if not pool.provider.backup]
        self._backup = [pool for pool in pools if pool.provider.backup]

    async def body(
        self,
        message_id: MessageId,
        *,
        urgency: Urgency,
        part: Part | None = None,
        reader: object = None,
    ) -> Body:
        size = part.size if part else _USUAL_ARTICLE
        wanted = _Wanted(
            Command(Verb.BODY, message_id), urgency, int(size * _WIRE_OVERHEAD), reader
        )
        verdict = await self._inquire(wanted, lambda answer: judge_body(answer, part))
        assert verdict.body is not None  # noqa: S101 what is served has a body
        return verdict.body

    async def exists(self, message_id: MessageId, *, urgency: Urgency) -> bool:
        try:
            wanted = _Wanted(Command(Verb.STAT, message_id), urgency, _LINE, None)
            await self._inquire(wanted, judge_presence)
        except ArticleMissingError:
            return False
        return True

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        for pool in (*self._main, *self._backup):
            pool.hurry(message_id, urgency)

    async def _inquire(self, wanted: _Wanted, judge: Judge) -> Verdict:
        """Ask one provider after the other, and one that merely failed a second time.

        So an article that is missing costs one command for each provider, and one that
        always fails at most two for any.
        """
        message_id = wanted.command.message_id
        assert message_id is not None  # noqa: S101 only commands about articles come here
        pools = self._in_order()
        if not pools:
            raise ArticleUnavailableError(message_id, "no provider is set up; add one to providers")
        inquiry = _Inquiry()
        for pool in pools:
            verdict = await _ask(pool, wanted, judge, inquiry)
            if verdict is not None:
                return verdict
        if inquiry.failed:
            again, _ = inquiry.failed.pop(0)
            if not inquiry.hurried:
                await asyncio.sleep(random.uniform(_SHORTEST_RETRY, _LONGEST_RETRY))  # noqa: S311
            verdict = await _ask(again, wanted, judge, inquiry)
            if verdict is not None:
                return verdict
        raise inquiry.error(message_id)

    def _in_order(self) -> list[Pool]:
        """Main providers before backups; of each, those that can answer now, the idlest first.

        While one has places to spare the order of the settings decides.
        """
        if len(self._main) <= 1 and len(self._backup) <= 1:
            return [*self._main, *self._backup]
        return [
            *sorted(self._main, key=_reluctance),
            *sorted(self._backup, key=_reluctance),
        ]


async def _ask(pool: Pool, wanted: _Wanted, judge: Judge, inquiry: _Inquiry) -> Verdict | None:
    """What one provider serves, if it does; else the inquiry knows why not."""
    try:
        answer = await pool.ask(
            wanted.command, wanted.urgency, wanted.expected, reader=wanted.reader
        )
        verdict = judge(answer)
    except AltmountError as error:
        verdict = Verdict(Outcome.REFUSED, str(error))
        inquiry.hurried = isinstance(error, DeadlineError)
    if verdict.outcome is Outcome.SERVED:
        return verdict
    inquiry.note(pool, verdict)
    return None


def _reluctance(pool: Pool) -> tuple[bool, float]:
    return (not pool.available, pool.strain if pool.strain >= 1 else 0.0)
