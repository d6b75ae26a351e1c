"""What cannot be played from here is handed on to another downloader."""

from __future__ import annotations

from typing import Protocol

from altmount.errors import AltmountError
from altmount.importer.nzbstore import NzbStore
from altmount.importer.refusals import Reason, Refusal
from altmount.jobs import Job


class Downloader(Protocol):
    """Another program that takes NZBs."""

    @property
    def base(self) -> str: ...

    async def add(
        self, nzb: bytes, name: str, category: str | None, priority: int, password: str | None
    ) -> str: ...


class Fallback:
    """Hands NZBs on that were refused here.

    Args:
        nzbs: Where they are kept.
        downloader: Takes them.
    """

    def __init__(self, nzbs: NzbStore, downloader: Downloader) -> None:
        self._nzbs = nzbs
        self._downloader = downloader

    async def hand_on(self, job: Job, refusal: Refusal) -> Refusal:
        """Try to hand on what was refused; what the history says of it then.

        It may be handed on twice: if the program is killed before that is written down.
        """
        other = self._downloader.base
        try:
            nzb = await self._nzbs.unpacked(job.release)
            passwords = await self._nzbs.passwords(job.release)
            password = passwords[0] if passwords else None
            taken = await self._downloader.add(
                nzb, job.name, job.category, int(job.priority), password
            )
        except AltmountError as error:
            return Refusal(refusal.code, f"{refusal}; nor is it handed on: {error}")
        return Refusal(Reason.HANDED_ON, f"{other} has it now, as {taken}, since here {refusal}")
