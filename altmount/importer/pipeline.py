"""The story of one import: from a kept NZB to files in the library."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from altmount.aio.steps import in_steps, unhurried
from altmount.articles import Articles, Urgency
from altmount.importer.archived import Unpacked
from altmount.importer.contents import Contents
from altmount.importer.damage import may_have_holes
from altmount.importer.layout import article_table, extent_maps, reliances
from altmount.importer.measure import Measurement, first_of
from altmount.importer.measured import MeasuredFile
from altmount.importer.naming import names_of
from altmount.importer.nzbstore import NzbStore
from altmount.importer.par2names import index_to_read, read_index
from altmount.importer.passwords import candidates
from altmount.importer.plan import Planned, plan
from altmount.importer.progress import UNTRACKED, Progress, Stage, Track
from altmount.importer.proof import OpenSource, prove
from altmount.importer.refusals import Reason
from altmount.importer.rules import Rules
from altmount.importer.runs import MisinferredError
from altmount.importer.unpacking import Unpacker
from altmount.importer.volumes import models_of
from altmount.jobs import Job
from altmount.library.paths import VirtualPath, join
from altmount.library.release import Draft, Entry
from altmount.library.status import FileStatus
from altmount.nzb.model import Nzb
from altmount.par2.parse import Par2File

_THOROUGH_AT_ONCE = 4
"""How many articles are asked for at a time where nobody waits."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How closely a post is looked at, and who is told of it."""

    urgency: Urgency
    at_once: int
    thorough: bool
    track: Track


class Parser(Protocol):
    """Whatever parses kept NZBs."""

    async def parse(self, path: Path) -> Nzb: ...


class Publisher(Protocol):
    """Whatever brings releases into the library, whole or not at all."""

    async def publish(self, job: Job, draft: Draft) -> tuple[VirtualPath, int]: ...


Finish = Callable[[Job, VirtualPath], Awaitable[None]]
"""What is left to do once a job's files are in the library, and completes it."""


class Pipeline:
    """Imports jobs, each by itself.

    Args:
        nzbs: Where their NZBs are kept.
        parser: Reads those.
        articles: Where articles come from.
        library: Where releases go.
        open_source: Makes what players will read through.
        rules: What the user wants.
        at_once: How many articles one import asks for at a time.
        inferred: Called when a release came in of which something was only inferred.
        finish: Done once a job's files are in, if the library does not complete it then.
        tell: Called with how far a job is, again and again.
    """

    def __init__(
        self,
        nzbs: NzbStore,
        parser: Parser,
        articles: Articles,
        library: Publisher,
        open_source: OpenSource,
        rules: Rules,
        *,
        at_once: int = 20,
        inferred: Callable[[], None] = lambda: None,
        finish: Finish | None = None,
        tell: Callable[[int, Progress], None] = lambda _job_id, _progress: None,
    ) -> None:
        self._nzbs = nzbs
        self._parser = parser
        self._articles = articles
        self._library = library
        self._open_source = open_source
        self._rules = rules
        self._at_once = at_once
        self._inferred = inferred
        self._finish = finish
        self._tell = tell

    def follow(self, rules: Rules) -> None:
        """Have other rules from now on, but for where things are put."""
        before = self._rules
        self._rules = replace(rules, complete_dir=before.complete_dir, categories=before.categories)

    async def run(self, job: Job) -> None:
        """Import a running job and complete it.

        Cancelling it leaves the job running and nothing to be seen, or the job completed.

        Raises:
            Refusal: It is not to be imported.
            TemporaryError: It cannot be imported now.
        """
        track = Track(partial(self._tell, job.id))
        draft, inferred = await self.draft(job, track=track)
        await prove(draft.entries, self._open_source, track.begin(Stage.PROVING))
        track.begin(Stage.PLACING)
        if inferred:
            await self._nzbs.doubt(job)
        folder, _ = await self._library.publish(job, draft)
        if inferred:
            self._inferred()
        if self._finish is not None:
            await self._finish(job, folder)

    async def draft(
        self, job: Job, *, thorough: bool = False, track: Track = UNTRACKED
    ) -> tuple[Draft, bool]:
        """What a job brings, and whether something of that was only inferred.

        Args:
            job: Whose NZB it is.
            thorough: Look at everything, when nobody else wants anything.
            track: Is told what is done.

        Raises:
            Refusal: It is not to be imported.
            TemporaryError: It cannot be looked at now.
        """
        track.begin(Stage.PARSING)
        nzb = await self._parser.parse(self._nzbs.path(job.release))
        look = _Look(
            Urgency.SCAN if thorough else Urgency.IMPORT,
            min(self._at_once, _THOROUGH_AT_ONCE) if thorough else self._at_once,
            thorough=thorough,
            track=track,
        )
        measurement = Measurement(
            self._articles,
            nzb.files,
            look.at_once,
            models={} if thorough else models_of(nzb.files),
            percent=self._rules.sample_percent,
            urgency=look.urgency,
        )
        files, listed = await self._look_at(measurement, look)
        names = await in_steps(names_of(files, listed, job.name))
        if self._rules.tolerant:
            files = await _with_holes(measurement, files, names, track)
        given = await self._nzbs.passwords(job.release)
        passwords = candidates(given, nzb.metas, self._rules.passwords)
        files, archives = await self._unpack(measurement, files, names, passwords, look, nzb.metas)
        planned = await in_steps(plan(files, names, job.name, self._rules, archives))
        if archives.password is not None:
            nzb = replace(nzb, metas={**nzb.metas, "password": archives.password})
        draft = await self._draft(job, nzb, files, planned)
        return draft, archives.inferred

    async def _unpack(
        self,
        measurement: Measurement,
        files: Sequence[MeasuredFile],
        names: Sequence[str],
        passwords: Sequence[str],
        look: _Look,
        metas: Mapping[str, str],
    ) -> tuple[Sequence[MeasuredFile], Unpacked]:
        """What is in the archives; and the files, some of which may be known better by then."""
        while True:
            try:
                unpacker = Unpacker(
                    self._articles,
                    files,
                    passwords,
                    rclone=self._rules.rclone,
                    nested=self._rules.nested_archives,
                    discs=self._rules.discs,
                    thorough=look.thorough,
                    urgency=look.urgency,
                    told=look.track.begin(Stage.UNPACKING),
                )
                return files, await unpacker.unpack(names, metas)
            except MisinferredError as error:
                files = await measurement.look_at(error.file)

    async def _look_at(
        self, measurement: Measurement, look: _Look
    ) -> tuple[Sequence[MeasuredFile], Sequence[Par2File]]:
        looked_at = await measurement.look(look.track.begin(Stage.CHECKING))
        index = await in_steps(index_to_read(looked_at))
        if index is None:
            return await measurement.finish(), ()
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(
                    read_index(self._articles, looked_at[index], look.urgency)
                )
                finishing = group.create_task(measurement.finish())
        except BaseExceptionGroup as errors:
            raise first_of(errors) from None
        return finishing.result(), reading.result()

    async def _draft(
        self,
        job: Job,
        nzb: Nzb,
        files: Sequence[MeasuredFile],
        planned: Sequence[Planned],
    ) -> Draft:
        folder = self._rules.folder(job.name, job.category)
        table = await in_steps(article_table(files))
        runs = [file.contents.runs async for file in unhurried(planned)]
        maps = await in_steps(extent_maps(table, files, runs))
        relied_on = await in_steps(reliances(table, files, [file.contents for file in planned]))
        entries = [
            Entry(
                join(folder, file.name),
                file.contents.size,
                _posted(files, file.contents) or job.created,
                extents,
                file.contents.transform,
                relied,
                _status(files, file.contents),
            )
            async for file, extents, relied in unhurried(zip(planned, maps, relied_on, strict=True))
        ]
        return Draft(folder, nzb, table, tuple(entries))


async def _with_holes(
    measurement: Measurement, files: Sequence[MeasuredFile], names: Sequence[str], track: Track
) -> Sequence[MeasuredFile]:
    """The files, of which films that lack articles were asked after whole."""
    found = list(files)
    for index, (file, name) in enumerate(zip(files, names, strict=True)):
        lost = file.fault is not None and file.fault.reason is Reason.ARTICLES_MISSING
        if lost and may_have_holes(name):
            found[index] = await measurement.sweep(index, track.begin(Stage.SWEEPING))
    return found


def _status(files: Sequence[MeasuredFile], contents: Contents) -> FileStatus:
    """How a file is, by what was looked at of it."""
    if contents.holes:
        return FileStatus.DEGRADED
    if contents.reliances or any(files[run.file].inferred for run in contents.runs):
        return FileStatus.UNVERIFIED
    return FileStatus.HEALTHY


def _posted(files: Sequence[MeasuredFile], contents: Contents) -> datetime | None:
    """When the first of what a file is made of was posted."""
    runs = contents.runs
    return files[runs[0].file].posted.posted if runs else None
