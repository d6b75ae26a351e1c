"""The sidecars: whole, and all there that the index knows of."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from altmount.api.trialposts import TrialPost
from altmount.articles import MessageId
from altmount.doctor.aside import aside
from altmount.doctor.examination import failed
from altmount.doctor.finding import Finding, Grade, Say
from altmount.errors import AltmountError
from altmount.library.errors import SidecarError
from altmount.library.shelf import folder_in, path_in, paths_in
from altmount.library.sidecar import Sidecar

CHECK = "sidecars"
SECONDS = 60.0
LOOK_SECONDS = 30.0
"""How long sidecars are read; those that are left by then are left for another time."""

_MOST = 20
"""Findings that are told."""

_ARTICLES = 40
"""As many of a release are taken for trying providers."""

_USUAL_ARTICLE = 800_000
_RIGHTS = "Give the file to the user that runs altmount (chown); or look whether the disk is ill."
_RESTORE = (
    "Put the file back from a backup of metadata.root_path, or hand in the NZB of that release"
    " again. Its other files, and all other releases, are not affected."
)


@dataclass(slots=True)
class Sidecars:
    """Reads sidecars, and writes nothing.

    Args:
        root: ``metadata.root_path``.
        known: Gives the releases that the index has, if that can be told.
        seconds: How long to read.
    """

    root: Path
    known: Callable[[], Awaitable[set[str]]] | None
    seconds: float = LOOK_SECONDS
    sample: TrialPost | None = None
    """Articles that providers should have: some of the release that came in last."""

    newest: Path | None = None
    """The sidecar of that release."""

    _found: list[Finding] = field(default_factory=list)
    _bad: int = 0

    async def look(self, say: Say) -> None:
        """Say what is damaged and what is gone."""
        try:
            listed = await self.known() if self.known is not None else set()
        except AltmountError as error:
            say(failed(CHECK, "", error))
            listed = set()
        looked, there = await aside(self._look, name="sidecars")
        for finding in self._found:
            say(finding)
        if self._bad > len(self._found):
            text = f"{self._bad - len(self._found)} more sidecars cannot be used"
            say(Finding(CHECK, "", Grade.ERROR, text, "Run `altmount rebuild` to have them named."))
        gone = await self._gone(listed)
        for finding in gone:
            say(finding)
        if not there and not gone:
            say(Finding(CHECK, "", Grade.NOTE, "there are no releases yet"))
        elif looked < there:
            text = f"{looked} of {there} sidecars were looked at in {self.seconds:g} s"
            fix = "Run this again: each time it looks at others. `altmount rebuild` reads all."
            say(Finding(CHECK, "", Grade.NOTE, text, fix, {"looked_at": looked, "there": there}))
        elif not self._bad and not gone:
            facts = {"looked_at": looked, "there": there}
            text = "1 sidecar is whole" if there == 1 else f"{there} sidecars are whole"
            say(Finding(CHECK, "", Grade.OK, text, "", facts))

    async def _gone(self, listed: set[str]) -> list[Finding]:
        """What the index has and the folder has not, both before and after it was read."""
        if self.known is None or not listed:
            return []
        folder = folder_in(self.root)
        lacking = await aside(lambda: _without_file(folder, listed), name="sidecars")
        lacking &= await self.known() if lacking else set()
        if len(lacking) == len(listed) > 1:
            text = f"none of the {len(listed)} releases of the index is in {self.root}"
            fix = "Is the disk mounted, and metadata.root_path right? Do not start altmount before."
            return [Finding(CHECK, "", Grade.ERROR, text, fix)]
        return [
            Finding(CHECK, "", Grade.ERROR, f"{path_in(folder, release)} is gone", _RESTORE)
            for release in sorted(lacking)[:_MOST]
        ]

    def _look(self) -> tuple[int, int]:
        """Read them in no order; how many were read, and how many there are."""
        ends = monotonic() + self.seconds
        paths = list(paths_in(folder_in(self.root)))
        random.shuffle(paths)
        newest = datetime.min.replace(tzinfo=UTC)
        for looked, path in enumerate(paths):
            if monotonic() > ends:
                return looked, len(paths)
            try:
                # Read, not mapped: what a damaged disk does not give would end this process.
                sidecar = Sidecar(memoryview(path.read_bytes()), path)
                sidecar.check_all()
                if path_in(path.parents[1], sidecar.id) != path:
                    raise SidecarError(path, "is named after another release than it holds")
                if sidecar.created > newest and len(sidecar.table):
                    self.sample, newest = _sample_of(sidecar), sidecar.created
                    self.newest = path
            except FileNotFoundError:
                continue  # it was removed meanwhile
            except OSError as error:
                self._tell(f"{path} cannot be read: {error.strerror}", _RIGHTS)
            except (SidecarError, ValueError) as error:
                self._tell(str(error).partition("; ")[0], _RESTORE)
        return len(paths), len(paths)

    def _tell(self, text: str, fix: str) -> None:
        self._bad += 1
        if len(self._found) < _MOST:
            self._found.append(Finding(CHECK, "", Grade.ERROR, text, fix))


def _sample_of(sidecar: Sidecar) -> TrialPost:
    table = sidecar.table
    largest = max(table.sizes[: min(len(table), _ARTICLES)], default=0)
    return TrialPost(sidecar.name, tuple(_articles_of(sidecar)), largest or _USUAL_ARTICLE)


def _articles_of(sidecar: Sidecar) -> Iterator[MessageId]:
    """Some articles, from all over the release."""
    table = sidecar.table
    count = min(len(table), _ARTICLES)
    for number in range(count):
        yield table.message_id(number * len(table) // count)


def _without_file(folder: Path, releases: set[str]) -> set[str]:
    return {release for release in releases if not path_in(folder, release).exists()}
