"""A release as its sidecar holds it: columns that are used where they lie.

The sections of the container (:mod:`.sections`), for *a* articles, *f* posted files, *e* entries
with *x* extents in all, and *s* segments of the NZB. Ends are running totals; text is UTF-8::

    begins Qa, sizes Ia, posted Ia, ids, id_ends Qa            the article table
    posted_sizes Qf, posted_names, posted_name_ends Qf, posted_named Bf
    posted_leads If                                            only in version 2
    entry_paths, entry_path_ends Qe, entry_sizes Qe, entry_modified qe, entry_extents Qe
    starts Q(x + e), articles Ix, offsets Ix                   the maps, one after the other
    transforms                                                 see :mod:`.transforms`; since
                                                               version 2
    entry_statuses Be, inferences                              see :mod:`.inferences`; since
                                                               version 3
    nzb                                                        a line of JSON for the metas, then
                                                               one for each posted file
    nzb_numbers Is, nzb_sizes Is, nzb_id_ends Is, nzb_ids      the segments, one file's after the
                                                               other; ends count from each file's
                                                               start
"""

from __future__ import annotations

import json
import mmap
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import overload

from altmount.errors import InvalidRequestError
from altmount.library.errors import SidecarError, SidecarUnavailableError
from altmount.library.inferences import read_inferences
from altmount.library.paths import ROOT, join, parse_virtual_path
from altmount.library.release import Entry, Release
from altmount.library.sections import Bytes, Container
from altmount.library.status import FileStatus
from altmount.library.transforms import read_transforms
from altmount.nzb.model import Nzb, PostedFile, Segments
from altmount.reader.extents import ArticleTable, ExtentMap, PostedName
from altmount.reader.inference import NOTHING, Reliances
from altmount.reader.transform import Transform, size_after

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

READING = (
    "begins",
    "sizes",
    "posted",
    "ids",
    "id_ends",
    "posted_sizes",
    "posted_names",
    "posted_name_ends",
    "posted_named",
    "entry_extents",
    "starts",
    "articles",
    "offsets",
    "posted_leads",
    "transforms",
)
"""The sections that say which bytes a file has, as far as a version has them."""

_RESERVATIONS = ("entry_statuses", "inferences")
_NOT_IN_ALL = frozenset({"posted_leads", "transforms", *_RESERVATIONS})

_SENSELESS = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


def etag_of(release: str, entry: int, size: int, checks: Sequence[int]) -> str:
    """The validator of a file: other articles, or an other order of them, make another one.

    ``checks`` are those of the :data:`READING` sections.
    """
    facts = f"{release} {entry} {size} {' '.join(map(str, checks))}"
    return blake2b(facts.encode(), digest_size=16).hexdigest()


class Sidecar:
    """A sidecar that is open. It stays readable while anyone holds a map from it."""

    def __init__(self, data: memoryview, name: Path | str) -> None:
        """Read what is said of the release as a whole.

        Raises:
            SidecarError: It is damaged.
        """
        self._container = Container(data, name)
        self._name = name
        facts = self._container.facts
        try:
            self.id = str(facts["id"])
            self.name = str(facts["name"])
            self.category = None if facts["category"] is None else str(facts["category"])
            self.created = EPOCH + int(facts["created"]) * MICROSECOND
            self.folder = parse_virtual_path(str(facts["folder"]))
        except (KeyError, ValueError, TypeError, OverflowError, InvalidRequestError) as error:
            raise self._damaged(f"has a header that makes no sense ({error!r})") from None
        if self.folder == ROOT:
            raise self._damaged("claims the whole library")
        self._table: ArticleTable | None = None
        self._transforms: Mapping[int, Transform] | None = None
        self._reliances: Mapping[int, Reliances] | None = None
        self._reading = self._there(READING)

    @classmethod
    def open(cls, path: Path) -> Sidecar:
        """Map a sidecar into memory.

        Raises:
            SidecarError: It is damaged, or not there.
            SidecarUnavailableError: It cannot be read now.
        """
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise SidecarError(path, "is gone") from None
        except ValueError:
            raise SidecarError(path, "is empty") from None
        except OSError as error:
            raise SidecarUnavailableError(f"cannot read {path}: {error.strerror}") from error
        return cls(memoryview(data), path)

    def check(self) -> None:
        """Check all that reading files needs, for a thread: the checksums let go of the GIL.

        Raises:
            SidecarError: It is damaged.
        """
        for section in (*self._reading, *self._there(_RESERVATIONS)):
            self._container.section(section)

    def check_all(self) -> None:
        """Check also what reading files does not need, such as the NZB; as :meth:`check`.

        Raises:
            SidecarError: It is damaged.
        """
        for section in self._container:
            self._container.section(section)

    def etag(self, index: int) -> str:
        checks = [self._container.check_of(section) for section in self._reading]
        return etag_of(self.id, index, self.size(index), checks)

    @property
    def table(self) -> ArticleTable:
        """Every article of the release.

        Raises:
            SidecarError: It is damaged.
        """
        if self._table is None:
            column = self._container.column
            table = ArticleTable(
                begins=column("begins", "Q"),
                sizes=column("sizes", "I"),
                posted=column("posted", "I"),
                ids=self._container.section("ids"),
                id_ends=column("id_ends", "Q"),
                posted_files=_PostedNames(self._container),
            )
            if not len(table.begins) == len(table.sizes) == len(table.posted) == len(table):
                raise self._damaged("has article columns of different lengths")
            if len(table) and table.id_ends[len(table) - 1] != len(table.ids):
                raise self._damaged("has Message-IDs that do not add up")
            self._table = table
        return self._table

    def __len__(self) -> int:
        """How many files the release has."""
        return len(self._container.column("entry_extents", "Q"))

    def map(self, index: int) -> ExtentMap:
        """Where the bytes of a file lie, in time that does not depend on its size.

        Raises:
            SidecarError: It is damaged, or the release has no such file.
        """
        column = self._container.column
        articles, offsets = column("articles", "I"), column("offsets", "I")
        extents = _bounds(self._container, "entry_extents", index, len(articles))
        articles = articles[extents.start : extents.stop]
        offsets = offsets[extents.start : extents.stop]
        first = extents.start + index  # each file before has one start more than extents
        starts = column("starts", "Q")[first : first + len(extents) + 1]
        if len(starts) != len(extents) + 1 or len(offsets) != len(extents):
            raise self._damaged("has a map that is cut short")
        if starts[0]:
            raise self._damaged("has a map that does not begin at 0")
        return ExtentMap(starts, articles, offsets, self.table)

    def transform(self, index: int) -> Transform | None:
        """What has to be done to the bytes of a file's map.

        Raises:
            SidecarError: It is damaged.
        """
        if self._transforms is None:
            try:
                self._transforms = read_transforms(self._perhaps("transforms"))
            except _SENSELESS as error:
                raise self._damaged(f"has a transform that makes no sense ({error!r})") from None
        return self._transforms.get(index)

    def reliances(self, index: int) -> Reliances:
        """What a file relies on, each time the same, so that what is proven of it stays so.

        Raises:
            SidecarError: It is damaged.
        """
        if self._reliances is None:
            try:
                found = read_inferences(self._perhaps("inferences"), self.table)
            except _SENSELESS as error:
                raise self._damaged(f"has an inference that makes no sense ({error!r})") from None
            self._reliances = {entry: Reliances(relied) for entry, relied in found.items()}
        return self._reliances.get(index, NOTHING)

    def status(self, index: int) -> FileStatus:
        """How a file is.

        Raises:
            SidecarError: It is damaged.
        """
        if "entry_statuses" not in self._container:
            return FileStatus.HEALTHY
        try:
            return FileStatus.of(self._container.section("entry_statuses")[index])
        except (ValueError, IndexError) as error:
            raise self._damaged(f"has a status that makes no sense ({error})") from None

    def size(self, index: int) -> int:
        """How many bytes a file has.

        Raises:
            SidecarError: It is damaged, or the release has no such file.
        """
        try:
            return size_after(self.map(index).size, self.transform(index))
        except ValueError as error:
            raise self._damaged(f"has a transform that does not fit its map ({error})") from None

    def entry(self, index: int) -> Entry:
        """A file of the release.

        Raises:
            SidecarError: It is damaged, or the release has no such file.
        """
        column = self._container.column
        extents = self.map(index)
        try:
            path = parse_virtual_path(_text(self._container, "entry_paths", index))
            size = column("entry_sizes", "Q")[index]
            modified = EPOCH + column("entry_modified", "q")[index] * MICROSECOND
        except (IndexError, InvalidRequestError, OverflowError) as error:
            raise self._damaged(f"has a file that makes no sense ({error!r})") from None
        if not path.startswith(join(self.folder, "")):
            raise self._damaged("has a file outside its folder")
        if size != self.size(index):
            raise self._damaged("has a file whose size is not that of its map")
        return Entry(
            path,
            size,
            modified,
            extents,
            self.transform(index),
            self.reliances(index).all,
            self.status(index),
        )

    def nzb(self) -> Nzb:
        """What the NZB said, so that it can be written again.

        Raises:
            SidecarError: It is damaged.
        """
        try:
            head, *lines = bytes(self._container.section("nzb")).splitlines()
            metas = {str(key): str(value) for key, value in json.loads(head).items()}
            return Nzb(tuple(self._posted_files(lines)), metas)
        except _SENSELESS as error:
            raise self._damaged(f"has an NZB that makes no sense ({error!r})") from None

    def release(self) -> Release:
        """Everything.

        Raises:
            SidecarError: It is damaged.
        """
        return Release(
            id=self.id,
            name=self.name,
            category=self.category,
            created=self.created,
            folder=self.folder,
            nzb=self.nzb(),
            table=self.table,
            entries=tuple(map(self.entry, range(len(self)))),
        )

    def _perhaps(self, section: str) -> Bytes:
        """A section; empty if the version does not have it."""
        return self._container.section(section) if section in self._container else b""

    def _there(self, sections: Sequence[str]) -> list[str]:
        """Those sections that the version has."""
        return [each for each in sections if each not in _NOT_IN_ALL or each in self._container]

    def _posted_files(self, lines: Sequence[bytes]) -> Iterator[PostedFile]:
        columns = [
            self._container.column(name, "I")
            for name in ("nzb_numbers", "nzb_sizes", "nzb_id_ends")
        ]
        ids = self._container.section("nzb_ids")
        first, first_id = 0, 0
        for line in lines:
            facts = json.loads(line)
            count = int(facts["segments"])
            numbers, sizes, ends = (
                array("I", bytes(column[first : first + count])) for column in columns
            )
            if not 0 <= count == len(numbers) == len(sizes) == len(ends):
                raise ValueError("a posted file is cut short")
            size = ends[-1] if ends else 0
            own = bytes(ids[first_id : first_id + size])
            if len(own) != size:
                raise ValueError("Message-IDs are cut short")
            posted, declared = facts["posted"], facts["declared"]
            yield PostedFile(
                subject=str(facts["subject"]),
                poster=str(facts["poster"]),
                posted=None if posted is None else EPOCH + int(posted) * MICROSECOND,
                groups=tuple(map(str, facts["groups"])),
                segments=Segments(numbers, sizes, own, ends),
                declared_segments=None if declared is None else int(declared),
                name=str(facts["name"]),
            )
            first += count
            first_id += size

    def _damaged(self, reason: str) -> SidecarError:
        return SidecarError(self._name, reason)


class _PostedNames(Sequence[PostedName]):
    """The posted files, each made when it is first asked for."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._sizes = container.column("posted_sizes", "Q")
        self._named = container.section("posted_named")
        self._made: dict[int, PostedName] = {}
        if len(self._named) != len(self._sizes):
            raise SidecarError(container.name, "has posted files without a name")

    def __len__(self) -> int:
        return len(self._sizes)

    @overload
    def __getitem__(self, index: int) -> PostedName: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[PostedName]: ...

    def __getitem__(self, index: int | slice) -> PostedName | Sequence[PostedName]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        if (known := self._made.get(index)) is not None:
            return known
        name = _text(self._container, "posted_names", index) if self._named[index] else None
        made = self._made[index] = PostedName(self._sizes[index], name)
        return made


def _text(container: Container, name: str, index: int) -> str:
    """A text of a section that holds many, one after the other."""
    texts = container.section(name)
    bounds = _bounds(container, f"{name.removesuffix('s')}_ends", index, len(texts))
    try:
        return str(texts[bounds.start : bounds.stop], "utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise SidecarError(container.name, f"has text that is none in {name!r}") from None


def _bounds(container: Container, ends: str, index: int, limit: int) -> range:
    """From the end of the one before to the own end, which is ``limit`` at most."""
    column = container.column(ends, "Q")
    if not 0 <= index < len(column):
        raise SidecarError(container.name, f"has no entry {index}")
    start, stop = column[index - 1] if index else 0, column[index]
    if not start <= stop <= limit:
        raise SidecarError(container.name, f"has ends that lead outside in {ends!r}")
    return range(start, stop)
