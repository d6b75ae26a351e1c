"""The downloader that Sonarr and Radarr take this program for, as the settings want it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from altmount.aio.uninterrupted import uninterrupted
from altmount.auth.caller import Access
from altmount.auth.gate import Gate
from altmount.config.settings import Settings
from altmount.db.statistics import StatisticsRepository
from altmount.importer.queue import MAX_NZB_BYTES
from altmount.jobs import Job
from altmount.linkage import mount_of
from altmount.links.wanted import place_of
from altmount.metrics.watch import ALL
from altmount.nzb.model import Nzb
from altmount.program import Program, categories_of
from altmount.sabnzbd.adding import Adding
from altmount.sabnzbd.handler import SabnzbdApi
from altmount.sabnzbd.header import Space, Standing
from altmount.sabnzbd.history import HistoryModes, Sums
from altmount.sabnzbd.modes import Right
from altmount.sabnzbd.place import Place
from altmount.sabnzbd.queue import QueueModes
from altmount.sabnzbd.standing import CategoryRow, Server, StandingModes

_RIGHTS = {Right.NZB: Access.NZB, Right.READ: Access.READ, Right.CHANGE: Access.CHANGE}
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def downloader(program: Program, gate: Gate) -> SabnzbdApi:
    """What Sonarr and Radarr take for SABnzbd."""
    settings = program.settings
    categories, place = list(categories_of(settings)), storage_of(settings)
    statistics = StatisticsRepository(program.database)

    async def rights(key: str) -> Collection[Right]:
        caller = gate.by_key(key)
        if caller is None:
            return ()
        return [right for right, access in _RIGHTS.items() if caller.may(access)]

    async def standing() -> Standing:
        pause = await program.steering.pausing()
        return Standing(
            pause.paused,
            pause.until,
            program.watch.bytes.rate(ALL),
            len(program.warnings.all()),
            await _space(settings.metadata.root_path),
        )

    async def sums() -> Sums:
        now = datetime.now(UTC)
        days = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
        return Sums(*await statistics.bytes_since(_LONG_AGO, *(now - each for each in days)))

    async def contents(job: Job) -> Nzb:
        return await program.parser.parse(program.nzbs.path(job.release))

    adding = Adding(
        program.queue,
        program.urls,
        [category.name for category in categories],
        map(Path, settings.sabnzbd.local_folders),
        max_bytes=MAX_NZB_BYTES,
    )
    rows = [CategoryRow(one.name, one.folder, int(one.priority)) for one in categories]
    groups = (
        adding,
        QueueModes(
            program.jobs, program.queue, program.steering, adding, standing, program.imports.share
        ),
        HistoryModes(
            program.jobs,
            program.queue,
            program.steering,
            lambda job: place.path(job.path),
            sums,
        ),
        StandingModes(
            program.jobs,
            rows,
            place,
            standing,
            partial(_servers, program),
            program.warnings,
            contents,
            rights,
        ),
    )
    return SabnzbdApi(groups, rights, enabled=settings.sabnzbd.enabled, max_nzb_bytes=MAX_NZB_BYTES)


def storage_of(settings: Settings) -> Place:
    """Where clients find what was imported."""
    wanted, complete = settings.importing, settings.sabnzbd.complete_dir
    if wanted.import_strategy == "NONE" or wanted.import_dir is None:
        return Place(mount_of(settings), complete)

    def shown(path: str) -> str:
        return f"/{place_of(path, windows_names=wanted.link_windows_names)}" if path != "/" else ""

    return Place(str(wanted.import_dir), complete, shown)


async def _servers(program: Program) -> Sequence[Server]:
    sample = await program.watch.sample()
    return [
        Server(
            account.provider.label,
            sum(account.tally.wire_bytes),
            program.watch.bytes.day(account.provider.id),
            sum(account.tally.articles) + account.tally.missing,
            sum(account.tally.articles),
        )
        for account in sample.accounts
    ]


async def _space(folder: Path) -> Space:
    def look() -> Space:
        try:
            found = os.statvfs(folder)
        except OSError:
            return Space()
        return Space(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)

    return await uninterrupted(asyncio.get_running_loop().run_in_executor(None, look))
