"""The folders: whether they are there, may be written, and have room."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from altmount.doctor.aside import aside
from altmount.doctor.examination import Check
from altmount.doctor.finding import Finding, Grade, Say

CHECK = "folders"
SECONDS = 10.0

_MIB = 1 << 20
_LITTLE = 1024 * _MIB
_NOTHING = 64 * _MIB

_REASONS = {
    errno.EACCES: "the user {user} may not",
    errno.EPERM: "the user {user} may not",
    errno.EROFS: "its file system is mounted read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
}
_FIXES = {
    errno.EACCES: "Give it to that user (chown), or run altmount as the one that has it.",
    errno.EPERM: "Give it to that user (chown), or run altmount as the one that has it.",
    errno.EROFS: "Mount it writable; if it was, look in the kernel's log for errors of the disk.",
    errno.ENOSPC: "Make room.",
    errno.EDQUOT: "Make room.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that the program uses."""

    key: str
    """Of the settings: what names it."""

    path: Path
    made: bool = True
    """Whether the program makes it at the start."""

    files: Sequence[str] = ()
    """Files in it that the program reads and writes, if they are there."""


def user_check(root: Path) -> Check:
    """The check whether who looks is who runs the program, as far as the library tells."""

    async def look(say: Say) -> None:
        owner = await aside(lambda: _owner(root), name="owner")
        if os.geteuid() == 0 and owner:
            text = f"this was run by root, who may do everything, but {root} is of user {owner}"
            fix = f"Run it as that user: sudo -u '#{owner}', or docker exec --user {owner}."
            say(Finding(CHECK, "user", Grade.WARNING, text, fix))

    return Check(CHECK, "user", SECONDS, look)


def check_of(place: Place) -> Check:
    """The check of a folder."""

    async def look(say: Say) -> None:
        for finding in await aside(lambda: list(_looked(place)), name=place.key):
            say(finding)

    slow = f"The disk of {place.path} does not answer: is it a network share that is gone?"
    return Check(CHECK, place.key, SECONDS, look, slow)


def _owner(root: Path) -> int | None:
    try:
        return root.stat().st_uid
    except (OSError, ValueError):
        return None


def _looked(place: Place) -> Iterator[Finding]:
    folder = place.path
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        yield _absent(place)
        return
    except (OSError, ValueError) as error:
        yield _finding(place, Grade.ERROR, f"cannot be looked at: {_why(error)}", _fix(error))
        return
    if not stat.S_ISDIR(mode):
        fix = f"Set {place.key} to a folder."
        yield _finding(place, Grade.ERROR, "is no folder", fix)
        return
    wrong = [*_unusable(place), *_full(place)]
    yield from wrong or [_finding(place, Grade.OK, "can be read and written")]


def _absent(place: Place) -> Finding:
    if not place.made:
        fix = f"Make it (mkdir -p), mount what should be there, or change {place.key}."
        return _finding(place, Grade.ERROR, "is not there", fix)
    above = next(path for path in place.path.absolute().parents if path.exists())
    if not above.is_dir():
        fix = f"Set {place.key} to a folder."
        return _finding(place, Grade.ERROR, f"cannot be made: {above} is no folder", fix)
    try:
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        text = f"is not there, and cannot be made in {above}: {_why(error)}"
        return _finding(place, Grade.ERROR, text, _fix(error))
    return _finding(place, Grade.NOTE, "is not there yet; it is made at the start")


def _unusable(place: Place) -> Iterator[Finding]:
    """What is wrong with its rights, tried out with a file that has no name."""
    folder = place.path
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as error:
        yield _finding(place, Grade.ERROR, f"cannot be read: {_why(error)}", _fix(error))
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield _finding(place, Grade.ERROR, f"cannot be written: {_why(error)}", _fix(error))
    for name in place.files:
        path = folder / name
        try:
            mode = path.stat().st_mode
        except OSError:
            continue  # what is not there is made, which was tried
        if not stat.S_ISDIR(mode) and not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
            forbidden = PermissionError(errno.EACCES, "")
            text = f"has {name}, which cannot be read and written: {_why(forbidden)}"
            yield _finding(place, Grade.ERROR, text, _fix(forbidden))


def _full(place: Place) -> Iterator[Finding]:
    usage = shutil.disk_usage(place.path)
    free = usage.free
    if usage.total and free < _LITTLE:  # some file systems do not say how large they are
        grade = Grade.WARNING if free >= _NOTHING else Grade.ERROR
        facts = {"free_bytes": free}
        text = f"{place.path} has only {free // _MIB} MiB left on its disk"
        yield Finding(CHECK, place.key, grade, text, "Make room.", facts)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in _REASONS:
        return _REASONS[error.errno].format(user=os.geteuid())
    return getattr(error, "strerror", None) or str(error)


def _fix(error: Exception) -> str:
    usual = "Look at what the path leads to; change it in the settings if it is wrong."
    return _FIXES.get(error.errno or 0, usual) if isinstance(error, OSError) else usual


def _finding(place: Place, grade: Grade, text: str, fix: str = "") -> Finding:
    return Finding(CHECK, place.key, grade, f"{place.path} {text}", fix)
