"""Which jobs a client means."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from altmount.db.jobs import Key
from altmount.importer.refusals import Reason
from altmount.jobs import Job, JobStatus, Priority
from altmount.sabnzbd.asked import Asked
from altmount.sabnzbd.slots import GRABBING, STATUS, release_of

_ALL_CATEGORIES = frozenset({"", "*", "all", "default"})
_MOST_DIGITS = 9
_NUMBERS = {priority.value: priority for priority in Priority}
_WORDS = {word.lower(): status for status, word in STATUS.items()} | {
    GRABBING.lower(): JobStatus.QUEUED,
    "fetching": JobStatus.QUEUED,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs are wanted; None for all."""

    statuses: Collection[JobStatus]
    releases: Sequence[str] | None = None
    numbers: Sequence[int] = ()
    """Besides those of the releases, where these are given."""

    categories: Sequence[str] | None = None
    """In any case."""

    priorities: Collection[Priority] | None = None
    search: str = ""


class Jobs(Protocol):
    """The jobs that are stored."""

    async def page(
        self,
        statuses: Collection[JobStatus],
        *,
        releases: Sequence[str] | None = None,
        numbers: Sequence[int] = (),
        categories: Sequence[str] | None = None,
        priorities: Collection[Priority] | None = None,
        search: str = "",
        without: str | None = None,
        key: Key = Key.CREATED,
        start: int = 0,
        limit: int = 100,
    ) -> tuple[Sequence[Job], int]: ...

    async def counts(self) -> Mapping[JobStatus, int]: ...


async def page_of(
    jobs: Jobs, wanted: Wanted, key: Key, *, start: int = 0, limit: int
) -> tuple[Sequence[Job], int]:
    """A page of what is wanted, and how many there are on all pages.

    What another downloader has by now is left out: a client that saw it fail would look for
    the film elsewhere while that one downloads it.
    """
    return await jobs.page(
        wanted.statuses,
        releases=wanted.releases,
        numbers=wanted.numbers,
        categories=wanted.categories,
        priorities=wanted.priorities,
        search=wanted.search,
        without=Reason.HANDED_ON,
        key=key,
        start=start,
        limit=limit,
    )


async def named(jobs: Jobs, texts: Sequence[str], statuses: Collection[JobStatus]) -> Sequence[Job]:
    """The jobs of some ``nzo_id``, or of the numbers that the ancestor gave for them."""
    if not texts:
        return ()
    releases, numbers = _ids(texts)
    if not releases and not numbers:
        return ()
    wanted = Wanted(statuses, releases, numbers)
    found, _ = await page_of(jobs, wanted, Key.TURN, limit=len(texts))
    return found


def filters_of(asked: Asked, statuses: Collection[JobStatus]) -> Wanted:
    """Which jobs a request wants listed, of those that stand somewhere."""
    ids, categories = asked.several("nzo_ids"), asked.several("cat", "category")
    words, numbers = asked.several("status"), asked.several("priority")
    if words:
        named_so = {_WORDS[word.lower()] for word in words if word.lower() in _WORDS}
        statuses = named_so & set(statuses)
    releases, own = _ids(ids) if ids else (None, [])
    everything = any(name.lower() in _ALL_CATEGORIES for name in categories)
    return Wanted(
        statuses,
        releases,
        own,
        None if everything or not categories else categories,
        {_NUMBERS[int(each)] for each in numbers if each in map(str, _NUMBERS)} or None,
        asked.text("search"),
    )


def _ids(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    releases = [release for text in texts if (release := release_of(text)) is not None]
    numbers = [
        int(text)
        for text in texts
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    ]
    return releases, numbers
