"""Looks at posted files: one article of each, two at most, rarely more of tiny ones.

Of the volumes of an archive set that are alike, only a few are looked at: the others are taken to
be like one of those, and only asked after.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    Articles,
    Part,
    Urgency,
)
from altmount.errors import AltmountError
from altmount.importer.damage import MOST_MISSING, holes_of, tolerable
from altmount.importer.measured import HEAD_BYTES, Fault, MeasuredFile, judge, wanted
from altmount.importer.partsizes import Parts
from altmount.importer.progress import Told, unheard
from altmount.importer.refusals import Reason
from altmount.importer.sampling import sample
from altmount.nzb.model import PostedFile

_QUESTIONS = 10
"""How many times as many articles are asked after as are fetched at a time."""

_FEW_UNLIKE = 3
"""How many files that are not like their models make all models doubtful."""

_Call = Callable[[], Awaitable[None]]


class Measurement:
    """Measures the posted files of one NZB, all at once.

    Cancelling it leaves nothing behind.

    Args:
        articles: Where articles come from.
        files: What is measured.
        at_once: How many articles are asked for at a time.
        models: For files that need not be looked at, which other one they are like.
        percent: How many articles of all are asked after, at the most 55.
        urgency: How soon articles are wanted.
    """

    def __init__(
        self,
        articles: Articles,
        files: Sequence[PostedFile],
        at_once: int,
        *,
        models: Mapping[int, int] | None = None,
        percent: int = 1,
        urgency: Urgency = Urgency.IMPORT,
    ) -> None:
        self._at_once = at_once
        self._unlike = 0
        # Nobody minds a PAR2 file that lacks something.
        counts = [0 if _is_par2(posted) else len(posted.segments) for posted in files]
        self._files = [
            _FileMeasurement(articles, posted, urgency, asked)
            for posted, asked in zip(files, sample(counts, percent), strict=True)
        ]
        for index, model in (models or {}).items():
            self._files[index].model = self._files[model]

    async def look(self, told: Told = unheard) -> tuple[MeasuredFile, ...]:
        """Fetch the first article of each that has no model, and ask after some others.

        Args:
            told: Called with how much of that is done.

        Raises:
            ArticleUnavailableError: Something could not be asked for; nothing is known.
        """
        bodies = [call for file in self._files for call in file.looks()]
        questions = [call for file in self._files for call in file.questions()]
        tick = _ticking(told, len(bodies) + len(questions))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_in_parallel(bodies, self._at_once, tick))
                # Answers of one line: a connection takes many at a time.
                group.create_task(_in_parallel(questions, self._at_once * _QUESTIONS, tick))
        except BaseExceptionGroup as errors:
            raise first_of(errors) from None
        return self._measured()

    async def finish(self) -> tuple[MeasuredFile, ...]:
        """Fetch what else is needed of those that :meth:`look` did not settle.

        Raises:
            ArticleUnavailableError: Something could not be asked for; nothing is known.
        """
        while calls := [call for file in self._files for call in file.closer_looks()]:
            await _in_parallel(calls, self._at_once)
        return self._measured()

    async def sweep(self, index: int, told: Told = unheard) -> MeasuredFile:
        """Ask after every article of a film that lacks some, to see whether it plays all the same.

        Args:
            index: Which file.
            told: Called with how much of that is done.

        Raises:
            ArticleUnavailableError: Something could not be asked for; nothing is known.
        """
        file = self._files[index]
        tick = _ticking(told, file.count)
        await _in_parallel(file.all_questions(), self._at_once * _QUESTIONS, tick)
        return file.measured_with_holes()

    async def look_at(self, index: int) -> tuple[MeasuredFile, ...]:
        """Look at a file that turned out to be unlike its model; at the third, at all of them.

        Raises:
            ArticleUnavailableError: Something could not be asked for; nothing is known.
        """
        self._unlike += 1
        followers = self._files if self._unlike >= _FEW_UNLIKE else [self._files[index]]
        for file in followers:
            file.model = None
        return await self.finish()

    def _measured(self) -> tuple[MeasuredFile, ...]:
        return tuple(file.measured() for file in self._files)


class _FileMeasurement:
    """What is known of one posted file so far."""

    def __init__(
        self, articles: Articles, posted: PostedFile, urgency: Urgency, asked: Collection[int]
    ) -> None:
        self._articles = articles
        self._urgency = urgency
        self.model: _FileMeasurement | None = None
        self._posted = posted
        self._headers: dict[int, Part] = {}
        self._name = ""
        self._head = b""
        self._lost = False
        self._asked = asked
        self._missing: set[int] = set()
        self._verdict: Parts | Fault | None = None

    @property
    def count(self) -> int:
        """How many articles it has."""
        return len(self._posted.segments)

    def looks(self) -> Iterator[_Call]:
        if len(self._posted.segments) and self.model is None:
            yield partial(self._fetch, 0)

    def questions(self) -> Iterator[_Call]:
        """After articles that are not fetched anyway."""
        fetched = {0} if self.model is None else set()
        for index in sorted(set(self._asked) - fetched):
            yield partial(self._ask_for, index)

    def all_questions(self) -> Iterator[_Call]:
        """After every article, as long as not too many are missing."""
        for index in range(len(self._posted.segments)):
            if len(self._missing) > MOST_MISSING:
                return
            if index not in self._missing and index not in self._headers:
                yield partial(self._ask_for, index)

    def measured_with_holes(self) -> MeasuredFile:
        """What is known, where missing articles are no fault if few enough are missing."""
        parts = judge(self._posted, self._headers, lost=False)
        if not isinstance(parts, Parts):
            return self.measured()
        if not tolerable(parts, self._missing):
            self._verdict = Fault(Reason.TOO_DAMAGED)
            return self.measured()
        self._verdict = parts
        return replace(self.measured(), holes=holes_of(parts, self._missing))

    def closer_looks(self) -> Iterator[_Call]:
        if self._like is not None or self._verdict is not None:
            return
        if 0 not in self._headers:
            yield partial(self._fetch, 0)
            return
        for index in wanted(self._posted, self._headers):
            yield partial(self._fetch, index)

    @property
    def _like(self) -> Parts | None:
        """The parts that are taken over from the model, if it is as sound as this."""
        model = self.model
        if model is None or self._verdict is not None or not isinstance(model._verdict, Parts):  # noqa: SLF001 -- its own kind
            return None
        return model._verdict  # noqa: SLF001 -- its own kind

    def measured(self) -> MeasuredFile:
        if (like := self._like) is not None:
            return MeasuredFile(self._posted, size=like.size, parts=like, inferred=True)
        verdict, first = self._verdict, self._headers.get(0)
        return MeasuredFile(
            self._posted,
            yenc_name=self._name,
            head=self._head,
            size=first.file_size if first else 0,
            parts=verdict if isinstance(verdict, Parts) else None,
            fault=verdict if isinstance(verdict, Fault) else None,
        )

    async def _fetch(self, index: int) -> None:
        message_id = self._posted.segments.message_id(index)
        wanted = _Agreeing(self._posted, self._headers, index)
        try:
            body = await self._articles.body(message_id, urgency=self._urgency, part=wanted)
        except ArticleMissingError:
            self._lost = True
            self._missing.add(index)
        except ArticleDamagedError:
            if wanted.refused:
                # Nobody has one that agrees: then it is the NZB that is wrong.
                self._learn(index, wanted.refused.most_common(1)[0][0])
            else:
                self._lost = True
        else:
            self._learn(index, body.part)
            if index == 0:
                self._head = bytes(body.data[:HEAD_BYTES])
        self._verdict = judge(self._posted, self._headers, lost=self._lost)

    def _learn(self, index: int, part: Part) -> None:
        self._headers[index] = part
        if index == 0:
            self._name = part.file_name or ""

    async def _ask_for(self, index: int) -> None:
        message_id = self._posted.segments.message_id(index)
        if not await self._articles.exists(message_id, urgency=self._urgency):
            self._lost = True
            self._missing.add(index)
            self._verdict = judge(self._posted, self._headers, lost=True)


class _Agreeing:
    """An article that agrees with the NZB, and with what others say of the same file."""

    size = 1024 * 1024
    """What an NZB says of sizes is not to be relied on."""

    def __init__(self, posted: PostedFile, headers: Mapping[int, Part], index: int) -> None:
        self._posted = posted
        self._headers = headers
        self._index = index
        self.refused: Counter[Part] = Counter()
        """What providers have in its place."""

    def objection(self, found: Part) -> str:
        verdict = judge(self._posted, {**self._headers, self._index: found}, lost=False)
        if not isinstance(verdict, Fault) and (found.begin == 0 or self._index):
            return ""
        self.refused[found] += 1
        return "it does not agree with the NZB"


def _is_par2(posted: PostedFile) -> bool:
    return posted.name.lower().endswith(".par2")


def _ticking(told: Told, count: int) -> Callable[[], None]:
    """What tells, each time that one of so many things is done, how much that makes."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        told(done / count)

    return tick


async def _in_parallel(
    calls: Iterable[_Call], at_once: int, tick: Callable[[], None] = lambda: None
) -> None:
    """Make all calls, so many at a time; the first that fails ends the others."""
    left = iter(calls)

    async def work() -> None:
        for call in left:
            await call()
            tick()

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(at_once):
                group.create_task(work(), name=f"measure {number}")
    except BaseExceptionGroup as group_of_errors:
        raise first_of(group_of_errors) from None


def first_of(errors: BaseExceptionGroup) -> BaseException:
    """The error to report for a group: its first of ours, or all of it if it has none.

    A plain ``except`` with this in place of ``except*``, which wraps what is raised in it into
    another group before Python 3.11.4.
    """
    ours, _ = errors.split(AltmountError)
    found: BaseException = ours or errors
    while ours is not None and isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
