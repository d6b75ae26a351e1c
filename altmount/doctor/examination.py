"""Checks, each of which ends in its time, whatever it meets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from altmount.aio.scope import TaskScope
from altmount.doctor.finding import Finding, Grade, Say
from altmount.errors import AltmountError

_GRACE = 1.0
"""How long what is cancelled may take to end, in seconds, before it is left behind."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at."""

    name: str
    """As in its findings."""

    subject: str
    seconds: float
    """How long it may take."""

    look: Callable[[Say], Awaitable[None]]
    """Looks, and says what it finds as soon as it finds it."""

    slow: str = "Something that it waits for does not answer; look at what was told before."
    """What to do if it takes longer."""


class Examination:
    """Makes checks. None of them can fail it, or hold it up.

    What a check has said stands, though it fails or runs out of time later. What does not end
    when it is cancelled is left behind; :attr:`held` says whether anything was.
    """

    def __init__(self) -> None:
        self._scope = TaskScope()
        self.held = False
        """Whether something still runs that does not end; no loop that waits for it does."""

    async def make(self, *checks: Check) -> Sequence[Finding]:
        """Make checks beside each other; their findings, in the order of the checks.

        Cancelling ends all of them.
        """
        said: list[list[Finding]] = [[] for _ in checks]
        tasks = [
            self._scope.start(self._made(check, found), name=f"check of {check.name}")
            for check, found in zip(checks, said, strict=True)
        ]
        try:
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
        return [finding for found in said for finding in found]

    async def _made(self, check: Check, found: list[Finding]) -> None:
        work = self._scope.start(_looked(check, found.append), name=f"{check.name} itself")
        try:
            await asyncio.wait([work], timeout=check.seconds)
        except asyncio.CancelledError:
            await self._end(work)
            raise
        if not work.done():
            text = f"this took longer than {check.seconds:g} s, and was given up"
            found.append(Finding(check.name, check.subject, Grade.ERROR, text, check.slow))
            await self._end(work)

    async def _end(self, work: asyncio.Task[None]) -> None:
        work.cancel()
        await asyncio.wait([work], timeout=_GRACE)
        self.held = self.held or not work.done()


async def _looked(check: Check, say: Say) -> None:
    try:
        await check.look(say)
    except AltmountError as error:
        say(failed(check.name, check.subject, error))
    except OSError as error:
        text = f"this cannot be looked at: {error}"
        fix = "Look at what the path leads to; change it in the settings if it is wrong."
        say(Finding(check.name, check.subject, Grade.ERROR, text, fix))
    except Exception as error:  # noqa: BLE001 whatever is wrong here must not hide the rest
        text = f"this cannot be looked at: {type(error).__name__}: {error}"
        fix = "That is a mistake in altmount: please report it, with this line."
        say(Finding(check.name, check.subject, Grade.ERROR, text, fix))


def failed(check: str, subject: str, error: AltmountError, fix: str = "") -> Finding:
    """The finding that something does not work.

    Errors say what is wrong, and after a semicolon what can be done.
    """
    text, _, advice = str(error).partition("; ")
    return Finding(check, subject, Grade.ERROR, text, fix or _sentence(advice))


def _sentence(text: str) -> str:
    if not text:
        return "Look at what was told before; if there is nothing, try again."
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith('?') else '.'}"
