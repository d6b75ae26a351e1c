"""The story of one import: from a kept NZB to files in the library."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from altmount.aio.steps import in_steps
from altmount.articles import Articles
from altmount.importer.layout import article_table, extent_maps
from altmount.importer.measure import Measurement, first_of
from altmount.importer.measured import MeasuredFile
from altmount.importer.nzbstore import NzbStore
from altmount.importer.par2names import index_to_read, read_index
from altmount.importer.plan import Planned, plan
from altmount.importer.rules import Rules
from altmount.jobs import Job
from altmount.library.paths import VirtualPath, join
from altmount.library.release import Draft, Entry
from altmount.nzb.model import Nzb
from altmount.par2.parse import Par2File


class Parser(Protocol):
    """Whatever parses kept NZBs."""

    async def parse(self, path: Path) -> Nzb: ...


class Publisher(Protocol):
    """Whatever brings releases into the library, whole or not at all."""

    async def publish(self, job: Job, draft: Draft) -> tuple[VirtualPath, int]: ...


class Pipeline:
    """Imports jobs, each by itself.

    Args:
        nzbs: Where their NZBs are kept.
        parser: Reads those.
        articles: Where articles come from.
        library: Where releases go.
        rules: What the user wants.
        at_once: How many articles one import asks for at a time.
    """

    def __init__(
        self,
        nzbs: NzbStore,
        parser: Parser,
        articles: Articles,
        library: Publisher,
        rules: Rules,
        *,
        at_once: int = 20,
    ) -> None:
        self._nzbs = nzbs
        self._parser = parser
        self._articles = articles
        self._library = library
        self._rules = rules
        self._at_once = at_once

    async def run(self, job: Job) -> None:
        """Import a running job and complete it.

        Cancelling it leaves the job running and nothing to be seen, or the job completed.

        Raises:
            Refusal: It is not to be imported.
            TemporaryError: It cannot be imported now.
        """
        nzb = await self._parser.parse(self._nzbs.path(job.release))
        files, listed = await self._look_at(nzb)
        planned = await in_steps(plan(files, listed, job.name, self._rules))
        draft = await self._draft(job, nzb, files, planned)
        await self._library.publish(job, draft)

    async def _look_at(self, nzb: Nzb) -> tuple[Sequence[MeasuredFile], Sequence[Par2File]]:
        measurement = Measurement(self._articles, nzb.files, self._at_once)
        looked_at = await measurement.look()
        index = await in_steps(index_to_read(looked_at))
        if index is None:
            return await measurement.finish(), ()
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(read_index(self._articles, looked_at[index]))
                finishing = group.create_task(measurement.finish())
        except BaseExceptionGroup as errors:
            raise first_of(errors) from None
        return finishing.result(), reading.result()

    async def _draft(
        self, job: Job, nzb: Nzb, files: Sequence[MeasuredFile], planned: Sequence[Planned]
    ) -> Draft:
        folder = self._rules.folder(job.name, job.category)
        table = await in_steps(article_table(files))
        maps = await in_steps(extent_maps(table, files, [file.files for file in planned]))
        entries = [
            Entry(
                join(folder, file.name),
                extents.size,
                files[file.files[0]].posted.posted or job.created,
                extents,
            )
            for file, extents in zip(planned, maps, strict=True)
        ]
        return Draft(folder, nzb, table, tuple(entries))
