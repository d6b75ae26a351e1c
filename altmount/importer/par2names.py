"""Names from the PAR2 index of a post, which knows files by the hash of their first 16 KiB."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from altmount.aio.steps import Steps
from altmount.aio.uninterrupted import uninterrupted
from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    Articles,
    Part,
    Urgency,
)
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.measured import HEAD_BYTES, MeasuredFile
from altmount.importer.obfuscation import obfuscated
from altmount.importer.rules import extension_of
from altmount.par2.parse import Par2File, hash16k, parse_par2

MAX_INDEX_BYTES = 16 * 1024 * 1024
"""The largest PAR2 index that is read; those of large posts stay below 2 MiB."""


def index_to_read(files: Sequence[MeasuredFile]) -> Steps[int | None]:
    """Which file is the PAR2 index to read: the smallest, if any file lacks a good name."""
    smallest: tuple[int, int] | None = None
    lacking = False
    for index, file in enumerate(files):
        if kind_of(file.posted.name, file.head) is not Kind.PAR2:
            lacking = lacking or _lacks_name(file.posted.name)
        elif file.parts is not None and 0 < file.size <= MAX_INDEX_BYTES:
            smallest = min(smallest or (file.size, index), (file.size, index))
        yield
    return smallest[1] if smallest and lacking else None


async def read_index(
    articles: Articles, file: MeasuredFile, urgency: Urgency = Urgency.IMPORT
) -> tuple[Par2File, ...]:
    """What a PAR2 index says of the files of its post; nothing if its articles are gone.

    Raises:
        ArticleUnavailableError: It could not be fetched now.
    """
    assert file.parts is not None  # noqa: S101 -- `index_to_read` chose it
    content = bytearray()
    sizes = zip(file.parts.begins(), file.parts.sizes(), strict=True)
    for number, (begin, size) in enumerate(sizes):
        part = Part(begin, size, file.size, file.faithful_name)
        message_id = file.posted.segments.message_id(number)
        try:
            body = await articles.body(message_id, urgency=urgency, part=part)
        except (ArticleMissingError, ArticleDamagedError):
            break  # packets are whole or not; those that came are as good as ever
        content += body.data
    # Hashing lets go of the interpreter, and there is little else to it.
    work = asyncio.get_running_loop().run_in_executor(None, parse_par2, bytes(content))
    return await uninterrupted(work)


def names_by_hash(listed: Sequence[Par2File]) -> Mapping[tuple[bytes, int], str]:
    """The name of each listed file, by its hash and its size in bytes."""
    return {(file.hash16k, file.size): file.name for file in reversed(listed)}


def name_of(file: MeasuredFile, names: Mapping[tuple[bytes, int], str]) -> str:
    """What the PAR2 index calls a file; empty if it does not know it."""
    if len(file.head) < min(HEAD_BYTES, file.size) or not file.head:
        return ""  # too little of it is at hand to know it by
    return names.get((hash16k(file.head), file.size), "") if names else ""


def _lacks_name(name: str) -> bool:
    return not name or not extension_of(name) or obfuscated(name)
