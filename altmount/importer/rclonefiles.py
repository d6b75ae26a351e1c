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
from altmount.importer.refusals import Reason
from altmount.reader.source import Source, read
from altmount.reader.transform import RcloneCrypt
from altmount.spans import Span

_ENDING = ".bin"
_HEAD_BYTES = 1024
_FILE_NAME, _SALT = "file_name", "salt"

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
    passwords: Sequence[str],
    open_contents: OpenContents,
) -> list[Archived]:
    """The files under their own names, by the first password that opens them.

    Args:
        files: What is encrypted.
        metas: Of the NZB; ``salt`` is the second password, ``file_name`` the name of a file that
            is alone.
        passwords: What is tried.
        open_contents: Makes what reads contents.

    Raises:
        AltmountError: They could not be read.
    """
    keys = [await _keys(password, metas.get(_SALT, "")) for password in passwords]
    alone = metas.get(_FILE_NAME, "") if len(files) == 1 else ""
    return [await _decrypted(file, alone, keys, open_contents) for file in files]


async def _decrypted(
    file: Encrypted, alone: str, keys: Sequence[RcloneKeys], open_contents: OpenContents
) -> Archived:
    for each in keys:
        contents = replace(file.contents, crypt=RcloneCrypt(each.data, file.nonce))
        source = open_contents(contents)
        try:
            head = await read(source, Span(0, min(_HEAD_BYTES, source.size)))
        except RcloneError:
            continue
        return Archived(_name(file.name, alone, each), contents.size, contents, head)
    reason = Reason.WRONG_PASSWORD if keys else Reason.ENCRYPTED
    obstacle = Obstacle(reason, "it was encrypted by rclone")
    return Archived(_without(file.name), file.contents.size, obstacle=obstacle, archive=True)


async def _keys(password: str, salt: str) -> RcloneKeys:
    # scrypt lets go of the interpreter.
    work = asyncio.get_running_loop().run_in_executor(None, derive_keys, password, salt)
    return keys_of(await uninterrupted(work))


def _name(name: str, alone: str, keys: RcloneKeys) -> str:
    if alone:
        return _without(alone)
    path = PurePosixPath(_without(name))
    try:
        return decrypt_name(keys, path.name)
    except RcloneError:
        return str(path)


def _without(name: str) -> str:
    return name.removesuffix(_ENDING)
