"""The journal of the library: whether what users changed can all be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from altmount.doctor.aside import aside
from altmount.doctor.finding import Finding, Grade, Say
from altmount.library.journal import HEAD, MAX_LINE, VERSION, Line, parsed

CHECK = "journal"
SECONDS = 40.0
_LOOK_SECONDS = 25.0

_RESTORE = (
    "Put it back from a backup of metadata.root_path. Without one, the next start goes by what the"
    " database knows; keep a copy of that before."
)


@dataclass(frozen=True, slots=True)
class JournalLook:
    """Reads the journal line by line, and writes nothing.

    Args:
        path: The file.
        seconds: How long to read.
    """

    path: Path
    seconds: float = _LOOK_SECONDS

    async def look(self, say: Say) -> None:
        """Say what of it is damaged."""
        for finding in await aside(lambda: list(self._findings()), name="journal"):
            say(finding)

    def _findings(self) -> Iterator[Finding]:
        try:
            with self.path.open("rb") as file:
                wrong = _wrong_head(_line(file.readline(MAX_LINE)))
                if wrong is not None:
                    yield self._finding(Grade.ERROR, *wrong)
                    return
                ends, lines, bad, torn = monotonic() + self.seconds, 0, 0, 0
                while data := file.readline(MAX_LINE):
                    if _line(data) is None:
                        torn += 1
                    else:
                        lines, bad, torn = lines + 1, bad + torn, 0
                    if monotonic() > ends:
                        text = f"is long: {lines} lines were read in {self.seconds:g} s"
                        yield self._finding(Grade.NOTE, text)
                        break
        except FileNotFoundError:
            yield self._finding(Grade.NOTE, "is not there yet; the start begins it")
            return
        except OSError as error:
            fix = "Give it to the user that runs altmount; or look whether the disk is ill."
            yield self._finding(Grade.ERROR, f"cannot be read: {error.strerror}", fix)
            return
        if bad:
            text = f"has {bad} damaged lines, and what they say is lost"
            yield self._finding(Grade.ERROR, text, _RESTORE)
        elif torn:
            text = "ends in what a crash has torn, or is being written; the next start cuts it off"
            yield self._finding(Grade.NOTE, text)
        else:
            yield self._finding(Grade.OK, "is whole")

    def _finding(self, grade: Grade, text: str, fix: str = "") -> Finding:
        return Finding(CHECK, "", grade, f"{self.path} {text}", fix)


def _line(data: bytes) -> Line | None:
    try:
        return parsed(data)
    except ValueError:  # its checksum is right, and it is no line all the same
        return None


def _wrong_head(line: Line | None) -> tuple[str, str] | None:
    """What is wrong with the first line, and what to do."""
    try:
        facts = json.loads(line.data) if line is not None and line.kind == HEAD else {}
        version = facts["version"] if facts["altmount"] == "journal" else None
    except (ValueError, TypeError, KeyError, RecursionError):
        version = None
    if version is None:
        return "is damaged at its start, or is something else", _RESTORE
    if version != VERSION:
        newer = "Install the version of altmount again that wrote it."
        return f"is of version {version}, and this altmount knows {VERSION}", newer
    return None
