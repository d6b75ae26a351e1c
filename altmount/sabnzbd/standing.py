"""The program itself: its version, its settings, how it stands, and what it warns of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from altmount.errors import AltmountError
from altmount.jobs import OPEN, Job
from altmount.logs.recent import Warned
from altmount.nzb.model import Nzb, PostedFile
from altmount.sabnzbd.answer import DONE, Answer, RefusedError
from altmount.sabnzbd.asked import Asked
from altmount.sabnzbd.header import VERSION, Standing, header
from altmount.sabnzbd.jobs import Jobs, named
from altmount.sabnzbd.modes import Mode, Right
from altmount.sabnzbd.place import Place
from altmount.sabnzbd.quantities import megabytes
from altmount.sabnzbd.slots import ANY_CATEGORY

_MOST_FILES = 10_000
_NO_LIMIT = frozenset({"", "0", "100"})


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category of the settings."""

    name: str
    folder: str
    """Relative to the folder of all imports."""

    priority: int = 0
    order: int = 0


@dataclass(frozen=True, slots=True)
class Server:
    """A provider, and what it delivered since the program started."""

    name: str
    size: int
    """In bytes."""

    day: int
    """In the last 24 hours, in bytes."""

    tried: int
    """How many articles it was asked for."""

    delivered: int


class Warnings(Protocol):
    """The latest warnings of the log."""

    def all(self) -> Sequence[Warned]: ...

    def clear(self) -> None: ...


class StandingModes:
    """What clients ask of the program itself.

    Args:
        jobs: Lists jobs.
        categories: Those of the settings, in their order.
        place: Where clients find what was imported.
        standing: Tells how the program stands.
        servers: Tells what providers delivered.
        warnings: The latest warnings of the log.
        contents: Reads the NZB of a job; raises if that cannot be done.
        rights: What a key opens.
    """

    def __init__(
        self,
        jobs: Jobs,
        categories: Sequence[CategoryRow],
        place: Place,
        standing: Callable[[], Awaitable[Standing]],
        servers: Callable[[], Awaitable[Sequence[Server]]],
        warnings: Warnings,
        contents: Callable[[Job], Awaitable[Nzb]],
        rights: Callable[[str], Awaitable[Collection[Right]]],
    ) -> None:
        self._jobs = jobs
        self._categories = categories
        self._place = place
        self._standing = standing
        self._servers = servers
        self._warnings = warnings
        self._contents = contents
        self._rights = rights

    @property
    def table(self) -> Mapping[Mode, Callable[[Asked], Awaitable[Answer]]]:
        """The modes."""
        return {
            Mode.VERSION: self.version,
            Mode.AUTH: self.auth,
            Mode.GET_CONFIG: self.config,
            Mode.GET_CATS: self.category_names,
            Mode.GET_SCRIPTS: self.scripts,
            Mode.GET_FILES: self.files,
            Mode.FULL_STATUS: self.full_status,
            Mode.STATUS: self.status,
            Mode.SERVER_STATS: self.server_stats,
            Mode.WARNINGS: self.show_warnings,
            Mode.WARNINGS_CLEAR: self.clear_warnings,
            Mode.SPEED_LIMIT: self.limit_speed,
            Mode.LOCKED: self.locked,
            Mode.DENIED: self.denied,
        }

    async def version(self, _asked: Asked) -> Answer:
        """The version of SABnzbd whose answers these are."""
        return Answer("version", VERSION, {"status": True})

    async def auth(self, asked: Asked) -> Answer:
        """What clients must show, or of what kind a ``key`` is."""
        if not (key := asked.text("key")):
            return Answer("auth", "apikey")
        rights = await self._rights(key)
        return Answer("auth", _kind(rights))

    async def config(self, asked: Asked) -> Answer:
        """The part of the settings that clients read: all of it, a section or a key."""
        sections: dict[str, Any] = {
            "misc": self._misc(),
            "categories": [
                _category_row(number, row)
                for number, row in enumerate([CategoryRow(ANY_CATEGORY, ""), *self._categories])
            ],
            "servers": [],
        }
        section, keyword = asked.text("section"), asked.text("keyword")
        if section:
            sections = {section: sections.get(section, {})}
        if keyword and section == "misc":
            sections = {"misc": {keyword: sections["misc"].get(keyword)}}
        elif keyword and section == "categories":
            rows = [row for row in sections["categories"] if row["name"] == keyword]
            sections = {"categories": rows}
        return Answer("config", sections, {"status": True, "version": VERSION})

    def _misc(self) -> dict[str, Any]:
        return {
            "complete_dir": self._place.complete_dir,
            "pre_check": 0,
            "history_retention": "",
            "history_retention_option": "all",
            "history_retention_number": 1,
            "enable_tv_sorting": 0,
            "enable_movie_sorting": 0,
            "enable_date_sorting": 0,
            "tv_categories": [],
            "movie_categories": [],
            "date_categories": [],
        }

    async def category_names(self, _asked: Asked) -> Answer:
        """What the categories are called."""
        return Answer("categories", [ANY_CATEGORY, *(row.name for row in self._categories)])

    async def scripts(self, _asked: Asked) -> Answer:
        """There are none."""
        return Answer("scripts", ["None"])

    async def files(self, asked: Asked) -> Answer:
        """The files that the NZB of a job in the queue speaks of."""
        if not (wanted := asked.several("value")[:1]):
            raise RefusedError("expects one parameter")
        jobs = await named(self._jobs, wanted, OPEN)
        if not jobs:
            return Answer("files", [])
        try:
            nzb = await self._contents(jobs[0])
        except AltmountError:
            return Answer("files", [])
        now = datetime.now(UTC)
        rows = [_file_row(number, file, now) for number, file in enumerate(nzb.files[:_MOST_FILES])]
        return Answer("files", rows)

    async def full_status(self, asked: Asked) -> Answer:
        """How the program stands."""
        return Answer("status", (await self._all(asked))[0])

    async def status(self, asked: Asked) -> Answer:
        """The same, and beside it what the ancestor's clients read."""
        status, standing = await self._all(asked)
        ancestors = {
            "version": VERSION,
            "color": "green",
            "paused": standing.paused,
            "pause_int": status["pause_int"],
            "diskspace1": status["diskspace1_norm"],
            "diskspacetotal1": status["diskspacetotal1"],
            "loadavg": status["loadavg"],
            "mbleft": 0.0,
            "remaining": "0.0 MB",
            "folders": [],
            "slots": [],
        }
        return Answer("status", status, ancestors)

    async def _all(self, _asked: Asked) -> tuple[dict[str, Any], Standing]:
        standing, now = await self._standing(), datetime.now(UTC)
        servers = await self._servers()
        status = {
            **header(standing, now),
            "loglevel": "1",
            "folders": [],
            "warnings": self._shown(),
            "loadavg": "0.0",
            "pystone": 0,
            "downloaddir": self._place.complete_dir,
            "downloaddirspeed": 0,
            "completedir": self._place.complete_dir,
            "completedirspeed": 0,
            "internetbandwidth": 0,
            "servers": [{"servername": server.name, "serveractive": True} for server in servers],
        }
        return status, standing

    async def server_stats(self, _asked: Asked) -> Answer:
        """What providers delivered since the program started, and in the last 24 hours."""
        servers = await self._servers()
        today = datetime.now(UTC).date().isoformat()
        sums = {"total": sum(server.size for server in servers)}
        sums |= {"month": sums["total"], "week": sums["total"]}
        sums |= {"day": sum(server.day for server in servers)}
        rows = {
            server.name: {
                "total": server.size,
                "month": server.size,
                "week": server.size,
                "day": server.day,
                "daily": {today: server.day},
                "articles_tried": {today: server.tried},
                "articles_success": {today: server.delivered},
            }
            for server in servers
        }
        return Answer("", {**sums, "servers": rows})

    async def show_warnings(self, _asked: Asked) -> Answer:
        """The latest warnings of the log."""
        return Answer("warnings", self._shown())

    async def clear_warnings(self, _asked: Asked) -> Answer:
        """Forget them."""
        self._warnings.clear()
        return Answer("warnings", [])

    def _shown(self) -> list[dict[str, Any]]:
        return [
            {"text": one.text, "type": one.level, "time": int(one.created), "origin": ""}
            for one in self._warnings.all()
        ]

    async def limit_speed(self, asked: Asked) -> Answer:
        """There is no limit to set: what is not played is not fetched."""
        if asked.text("value").rstrip("%") not in _NO_LIMIT:
            raise RefusedError("there is no speed limit here: what is not played is not fetched")
        return DONE

    async def locked(self, _asked: Asked) -> Answer:
        """The settings are not changed by this door."""
        raise RefusedError("Configuration locked")

    async def denied(self, _asked: Asked) -> Answer:
        """Nobody ends the program by this door."""
        raise RefusedError("Access denied")


def _kind(rights: Collection[Right]) -> str:
    if Right.READ in rights:
        return "apikey"
    return "nzbkey" if Right.NZB in rights else "badkey"


def _category_row(number: int, row: CategoryRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "order": row.order or number,
        "pp": "3",
        "script": "None",
        "dir": row.folder,
        "newzbin": "",
        "priority": row.priority,
    }


def _file_row(number: int, file: PostedFile, now: datetime) -> dict[str, Any]:
    size = sum(file.segments.encoded_sizes)
    return {
        "filename": file.name or file.subject,
        "mbleft": megabytes(size),
        "mb": megabytes(size),
        "bytes": f"{size:.2f}",
        "age": f"{(now - file.posted).days}d" if file.posted else "-",
        "nzf_id": f"SABnzbd_nzf_{number}",
        "status": "active",
    }
