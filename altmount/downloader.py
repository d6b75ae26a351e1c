"""The downloader that Sonarr and Radarr take this program for, as the settings want it."""

from __future__ import annotations

from altmount.auth.caller import Access
from altmount.auth.gate import Gate
from altmount.config.settings import Settings
from altmount.importer.queue import MAX_NZB_BYTES
from altmount.linkage import mount_of
from altmount.links.wanted import place_of
from altmount.program import Program
from altmount.sabnzbd.handler import SabnzbdApi
from altmount.sabnzbd.wire import Place


def downloader(program: Program, gate: Gate) -> SabnzbdApi:
    """What Sonarr and Radarr take for SABnzbd."""
    settings = program.settings

    def may(key: str | None) -> bool:
        caller = gate.by_key(key) if key else None
        return caller is not None and caller.may(Access.CHANGE)

    return SabnzbdApi(
        program.queue,
        program.jobs,
        may,
        categories=[(one.name, one.folder) for one in settings.sabnzbd.categories],
        place=storage_of(settings),
        enabled=settings.sabnzbd.enabled,
        max_nzb_bytes=MAX_NZB_BYTES,
    )


def storage_of(settings: Settings) -> Place:
    """Where clients find what was imported."""
    wanted, complete = settings.importing, settings.sabnzbd.complete_dir
    if wanted.import_strategy == "NONE" or wanted.import_dir is None:
        return Place(mount_of(settings), complete)

    def shown(path: str) -> str:
        return f"/{place_of(path, windows_names=wanted.link_windows_names)}" if path != "/" else ""

    return Place(str(wanted.import_dir), complete, shown)
