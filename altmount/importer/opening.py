"""Opens one archive: with which password, and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Archive, Identity, Volume
from altmount.archives.parser import Parser
from altmount.archives.rar.read import identify_rar, read_rar
from altmount.archives.sevenzip.read import read_7z
from altmount.archives.zip.read import read_zip
from altmount.importer.archivesets import ArchiveSet, Member
from altmount.importer.contents import Contents, contents_of
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.magic import extension_of
from altmount.importer.probe import probe
from altmount.reader.source import Source, read
from altmount.spans import Span

_HEAD_BYTES = 1024

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

    async def read(self, found: ArchiveSet, volumes: Sequence[Contents]) -> Archive:
        """What is in a set, by the first password that opens it.

        Raises:
            ArchiveError: It cannot be read; ENCRYPTED or WRONG_PASSWORD if none opens it.
        """
        reader = _READERS[found.kind]
        sources = [self._open(each) for each in volumes]
        refused: ArchiveError | None = None
        locked: Archive | None = None
        for password in (None, *self._passwords):
            try:
                archive = await probe(reader(found.volumes, password, self._thorough), sources)
            except ArchiveError as error:
                if error.fault not in _LOCKED:
                    raise
                refused = error
                continue
            if not any(entry.obstacle in _LOCKED for entry in archive.entries) and (
                await self._fits(archive, volumes)
            ):
                if password is not None and _uses_password(archive):
                    self.password = password
                return archive
            locked = archive
        if locked is not None and any(entry.obstacle in _LOCKED for entry in locked.entries):
            return locked  # what is not encrypted in it may be shown all the same
        if refused is not None and locked is None:
            raise refused
        raise ArchiveError(ArchiveFault.WRONG_PASSWORD, "no password that is known opens it")

    async def _fits(self, archive: Archive, volumes: Sequence[Contents]) -> bool:
        """Whether what decrypts looks like what it should be, where nothing else tells."""
        unchecked = [
            entry
            for entry in archive.entries
            if entry.cipher is not None
            and not entry.cipher.checked
            and entry.obstacle is None
            and kind_of(entry.path) is Kind.MEDIA
        ]
        if not unchecked:
            return True
        largest = max(unchecked, key=lambda entry: entry.size)
        try:
            source = self._open(contents_of(largest, volumes))
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


def _uses_password(archive: Archive) -> bool:
    return any(entry.cipher is not None for entry in archive.entries)
