"""A log file that begins anew when it is large, and old ones that go."""

from __future__ import annotations

import gzip
import logging.handlers
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_STAMP = "%Y-%m-%dT%H-%M-%S.%f"


@dataclass(frozen=True, slots=True)
class Retention:
    """When a new file is begun, and what is kept."""

    max_bytes: int = 0
    """0 for never a new one."""

    backups: int = 10
    """How many old files are kept; 0 for none."""

    max_days: int = 0
    """How old they may be; 0 for as old as they get."""

    compress: bool = False
    """Whether they are gzipped."""


class RotatingLog(logging.handlers.BaseRotatingHandler):
    """Appends to a file, and moves it aside as ``<name>-<time>.log`` when it is large.

    Old files are gzipped and removed in a thread, so that nobody waits for that.
    """

    def __init__(self, file: Path, retention: Retention) -> None:
        """Open the file.

        Raises:
            OSError: It cannot be written.
        """
        super().__init__(str(file), "a", encoding="utf-8", errors="backslashreplace")
        self._file = file
        self._retention = retention
        self._tidying: threading.Thread | None = None
        self._tidy()

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 logging's name
        most = self._retention.max_bytes
        if not most or self.stream is None:
            return False
        return bool(self.stream.tell() + len(self.format(record)) + 1 > most and self.stream.tell())

    def doRollover(self) -> None:  # noqa: N802 logging's name
        if self.stream is not None:
            self.stream.close()
        stamp = datetime.now(UTC).strftime(_STAMP)
        aside = self._file.with_name(f"{self._file.stem}-{stamp}{self._file.suffix}")
        with suppress(OSError):  # then it goes on growing, which is better than no log
            self._file.rename(aside)
        self.stream = self._open()
        self._tidy()

    def close(self) -> None:
        if self._tidying is not None:
            self._tidying.join()
        super().close()

    def _tidy(self) -> None:
        if self._tidying is not None and self._tidying.is_alive():
            return  # the next time is soon enough
        arguments = (self._file, self._retention, datetime.now(UTC))
        self._tidying = threading.Thread(target=tidy, args=arguments, name="tidy log files")
        self._tidying.start()


def tidy(file: Path, retention: Retention, now: datetime) -> None:
    """Gzip and remove what was moved aside; what cannot be is left for the next time."""
    oldest = now - timedelta(days=retention.max_days) if retention.max_days else None
    for age, (moment, path) in enumerate(backups_of(file)):
        with suppress(OSError):
            if age >= retention.backups or (oldest is not None and moment < oldest):
                path.unlink()
            elif retention.compress and path.suffix != ".gz":
                _gzip(path)


def backups_of(file: Path) -> Iterator[tuple[datetime, Path]]:
    """What was moved aside of a log file, with when it was, the newest first."""
    found = []
    for path in file.parent.iterdir():
        name = path.name.removesuffix(".gz")
        if not (name.startswith(f"{file.stem}-") and name.endswith(file.suffix)):
            continue
        stamp = name.removeprefix(f"{file.stem}-").removesuffix(file.suffix)
        with suppress(ValueError):
            found.append((datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC), path))
    return iter(sorted(found, reverse=True))


def _gzip(path: Path) -> None:
    partial = path.with_name(f"{path.name}.gz.part")
    with path.open("rb") as source, gzip.open(partial, "wb", compresslevel=6) as target:
        shutil.copyfileobj(source, target, 1 << 20)
    partial.rename(path.with_name(f"{path.name}.gz"))
    path.unlink()
