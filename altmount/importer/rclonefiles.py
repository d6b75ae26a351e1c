"""Posted files that rclone's crypt has encrypted, names and all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from altmount.aio.uninterrupted import uninterrupted
from altmount.ciphers.rclone import (
    RcloneError,
    RcloneKeys,
    decrypt_name,
    derive_keys,
    keys_of,
    nonce_of,
    plain_size,
)
from altmount.importer.archived import Archived
from altmount.importer.contents import Contents
from altmount.importer.obstacles import Obstacle
from altmount.importer.rclonesecrets import Secret
from altmount.importer.refusals import Reason
from altmount.importer.rules import extension_of
from altmount.reader.source import Source, read
from altmount.reader.transform import RcloneCrypt
from altmount.spans import Span

_ENDING = ".bin"
_HEAD_BYTES = 1024
_FILE_NAME, _FILE_EXTENSION = "file_name", "file_extension"

OpenContents = Callable[[Contents], Source]


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A posted file that begins as rclone's crypt has it."""

    name: str
    contents: Contents
    nonce: bytes


def encrypted(name: str, head: bytes, contents: Contents) -> Encrypted | None:
    """The file, if rclone's crypt has encrypted it."""
    nonce = nonce_of(head)
    try:
        plain_size(contents.size)
    except RcloneError:
        return None
    return Encrypted(name, contents, nonce) if nonce is not None else None


async def decrypted(
    files: Sequence[Encrypted],
    metas: Mapping[str, str],
    secrets: Sequence[Secret],
    open_contents: OpenContents,
) -> list[Archived]:
    """The files under their own names, each by the first secret that opens it.

    Args:
        files: What is encrypted.
        metas: Of the NZB; ``file_name`` is the name of a file that is alone, and
            ``file_extension`` its extension, where the name has none.
        secrets: What is tried, in this order.
        open_contents: Makes what reads contents.

    Raises:
        AltmountError: They could not be read.
    """
    ring = _Ring(secrets)
    alone = _said(metas) if len(files) == 1 else ""
    return [await _decrypted(file, alone, ring, open_contents) for file in files]


async def _decrypted(
    file: Encrypted, alone: str, ring: _Ring, open_contents: OpenContents
) -> Archived:
    for number in range(len(ring.secrets)):
        each = await ring.keys(number)
        contents = replace(file.contents, crypt=RcloneCrypt(each.data, file.nonce))
        source = open_contents(contents)
        try:
            head = await read(source, Span(0, min(_HEAD_BYTES, source.size)))
        except RcloneError:
            continue
        return Archived(_name(file.name, alone, each), contents.size, contents, head)
    reason = Reason.WRONG_PASSWORD if ring.secrets else Reason.ENCRYPTED
    obstacle = Obstacle(reason, "it was encrypted by rclone")
    return Archived(_without(file.name), file.contents.size, obstacle=obstacle, archive=True)


class _Ring:
    """The keys of some secrets, each made when it is first needed."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.secrets = secrets
        self._made: dict[int, RcloneKeys] = {}

    async def keys(self, number: int) -> RcloneKeys:
        """Those of a secret, by its place among all."""
        if number not in self._made:
            # scrypt lets go of the interpreter.
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(None, derive_keys, *self.secrets[number])
            self._made[number] = keys_of(await uninterrupted(work))
        return self._made[number]


def _said(metas: Mapping[str, str]) -> str:
    """The name that an NZB gives its only file, with its extension; empty if it gives none."""
    name, extension = _without(metas.get(_FILE_NAME, "")), metas.get(_FILE_EXTENSION, "")
    if not name or extension_of(name) or not extension:
        return name
    return f"{name}.{extension.removeprefix('.')}"


def _name(name: str, alone: str, keys: RcloneKeys) -> str:
    if alone:
        return alone
    path = PurePosixPath(_without(name))
    try:
        return decrypt_name(keys, path.name)
    except RcloneError:
        return str(path)


def _without(name: str) -> str:
    return name.removesuffix(_ENDING)
