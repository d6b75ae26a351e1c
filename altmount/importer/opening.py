"""Opens one archive: with which password, and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from altmount.aio.steps import unhurried
from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Archive, Entry, Identity, Volume
from altmount.archives.parser import Parser
from altmount.archives.rar.read import identify_rar, read_rar
from altmount.archives.sevenzip.read import read_7z
from altmount.archives.zip.read import read_zip
from altmount.importer.archivesets import ArchiveSet, Member
from altmount.importer.contents import Contents, contents_of
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.magic import extension_of
from altmount.reader.probe import probe
from altmount.reader.source import Source, read
from altmount.spans import Span

_HEAD_BYTES = 1024

_MOST_TRIED = 64
"""Of how many films that are encrypted the first bytes are read, to tell a wrong password."""

_LOCKED = frozenset({ArchiveFault.ENCRYPTED, ArchiveFault.WRONG_PASSWORD})


_Reader = Callable[[Sequence[Volume], str | None, bool], Parser[Archive]]


def _read_rar(
    volumes: Sequence[Volume],
    password: str | None,
    thorough: bool,
) -> Parser[Archive]:
    return read_rar(volumes, password, thorough=thorough)


def _read_7z(
    volumes: Sequence[Volume],
    password: str | None,
    thorough: bool,
) -> Parser[Archive]:
    del thorough  # nothing is inferred
    return read_7z(volumes, password)


def _read_zip(
    volumes: Sequence[Volume],
    password: str | None,
    thorough: bool,
) -> Parser[Archive]:
    del thorough  # nothing is inferred
    return read_zip(volumes, password)


_READERS: Mapping[Kind, _Reader] = {
    Kind.RAR: _read_rar,
    Kind.SEVEN_ZIP: _read_7z,
    Kind.ZIP: _read_zip,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """What is in a set, and which password its headers were read with."""

    archive: Archive
    password: str | None

    def with_those_of(self, other: Archive) -> Opened:
        """The same; what is locked is as in another reading of the set, by another password."""
        if len(other.entries) != len(self.archive.entries):
            return self
        entries = tuple(
            new if _is_locked(old) and new.path == old.path else old
            for old, new in zip(self.archive.entries, other.entries, strict=True)
        )
        return replace(self, archive=replace(self.archive, entries=entries))


class ArchiveOpener:
    """Opens the archives of one post.

    Args:
        passwords: What is tried on what is encrypted, in this order.
        open_contents: Makes what reads contents.
        thorough: Whether every volume is looked at, and nothing inferred.
    """

    def __init__(
        self,
        passwords: Sequence[str],
        open_contents: Callable[[Contents], Source],
        *,
        thorough: bool,
    ) -> None:
        self._passwords = passwords
        self._open = open_contents
        self._thorough = thorough
        self.password: str | None = None
        """The one that opened something last."""

    async def read(self, found: ArchiveSet, volumes: Sequence[Contents]) -> Opened:
        """What is in a set; each entry by the first password that opens it.

        Raises:
            ArchiveError: It cannot be read; ENCRYPTED or WRONG_PASSWORD if none opens it.
        """
        reader = _READERS[found.kind]
        sources = [self._open(each) for each in volumes]
        refused: ArchiveError | None = None
        best: Opened | None = None
        for password in (None, *self._passwords):
            try:
                archive = await probe(reader(found.volumes, password, self._thorough), sources)
            except ArchiveError as error:
                if error.fault not in _LOCKED:
                    raise
                refused = error
                continue
            archive = await self._fitting(archive, volumes)
            if password is not None and any(map(_is_unlocked, archive.entries)):
                self.password = password
            best = Opened(archive, password) if best is None else best.with_those_of(archive)
            if not any(map(_is_locked, best.archive.entries)):
                break
        if best is not None:
            return best
        if refused is not None:
            raise refused
        raise AssertionError("no password was tried")

    async def _fitting(self, archive: Archive, volumes: Sequence[Contents]) -> Archive:
        """The archive, where what does not begin as it should is not opened by the password.

        That is asked of films and volumes whose format has nothing else to tell by: of each film,
        the largest first, and of one volume for all.
        """
        entries = list(archive.entries)
        for kind, most in ((Kind.MEDIA, _MOST_TRIED), (Kind.RAR, 1)):
            unchecked = [
                index
                async for index, entry in unhurried(enumerate(entries))
                if entry.cipher is not None
                and not entry.cipher.checked
                and entry.obstacle is None
                and kind_of(entry.path) is kind
            ]
            unchecked.sort(key=lambda index: -entries[index].size)
            wrong = [
                index for index in unchecked[:most] if not await self._fits(entries[index], volumes)
            ]
            for index in unchecked if wrong and kind is Kind.RAR else wrong:
                entries[index] = replace(
                    entries[index],
                    extents=(),
                    cipher=None,
                    obstacle=ArchiveFault.WRONG_PASSWORD,
                    detail="no password that is known opens it",
                )
        return replace(archive, entries=tuple(entries))

    async def _fits(self, entry: Entry, volumes: Sequence[Contents]) -> bool:
        try:
            source = self._open(contents_of(entry, volumes))
            head = await read(source, Span(0, min(_HEAD_BYTES, source.size)))
        except ArchiveError:
            return True  # to be told when it is used
        return bool(extension_of(head))

    async def identity(
        self, member: Member, contents: Contents, *, numbered: bool
    ) -> Identity | None:
        """What a volume says of its place; ``None`` if it cannot be read at all."""
        if member.fault is not None:
            return Identity("")
        volume = Volume(member.name, member.size)
        source = self._open(contents)
        identity = None
        for password in (None, *self._passwords):
            try:
                identity = await probe(identify_rar(volume, password, numbered=numbered), [source])
            except ArchiveError as error:
                if error.fault is not ArchiveFault.WRONG_PASSWORD:
                    raise
                continue
            if not identity.encrypted_headers or identity.entry:
                break
        return identity


def _is_locked(entry: Entry) -> bool:
    return entry.obstacle in _LOCKED


def _is_unlocked(entry: Entry) -> bool:
    return entry.cipher is not None
