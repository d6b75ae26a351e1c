"""Sources that decrypt: AES-CBC from any offset, and rclone's crypt in whole blocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from altmount.ciphers import rclone
from altmount.ciphers.aes import BLOCK, CbcDecryptor, window
from altmount.reader.source import Chunks, Source
from altmount.reader.transform import RcloneCrypt, Strand
from altmount.spans import Span


class DecryptedSource:
    """The plain bytes of an AES-CBC chain.

    What is read lies in one reused buffer, as every chunk is only lent.
    """

    def __init__(self, source: Source, strand: Strand) -> None:
        self._source = source
        self._strand = strand

    @property
    def size(self) -> int:
        return self._strand.size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        skip = self._strand.skip
        reading = window(Span(span.start + skip, span.stop + skip))
        stored = reading.stored if span else Span(0, 0)
        async with self._source.open(stored) as chunks:
            yield self._plain(chunks, len(span), reading.drop, iv_first=reading.iv_first)

    async def _plain(self, chunks: Chunks, left: int, drop: int, *, iv_first: bool) -> Chunks:
        strand = self._strand
        decryptor = None if iv_first else CbcDecryptor(strand.key, strand.iv)
        iv = b""
        async for chunk in chunks:
            data = chunk
            if decryptor is None:
                missing = BLOCK - len(iv)
                iv += bytes(data[:missing])
                data = data[missing:]
                if len(iv) < BLOCK:
                    continue
                decryptor = CbcDecryptor(strand.key, iv)
            blocks = decryptor.decrypt(data)
            if blocks:
                plain = blocks[drop : drop + left]  # less than a block is dropped, and only once
                drop = 0
                left -= len(plain)
                yield plain


class RcloneSource:
    """The plain bytes of a file of rclone's crypt.

    The chunks raise :class:`~altmount.ciphers.rclone.RcloneError` at a block that is damaged.
    """

    def __init__(self, source: Source, crypt: RcloneCrypt) -> None:
        self._source = source
        self._crypt = crypt
        self._size = rclone.plain_size(source.size)

    @property
    def size(self) -> int:
        return self._size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        first = span.start // rclone.BLOCK_BYTES
        stop = -(-span.stop // rclone.BLOCK_BYTES)
        stored = Span(
            rclone.HEADER_BYTES + first * rclone.STORED_BLOCK_BYTES,
            min(self._source.size, rclone.HEADER_BYTES + stop * rclone.STORED_BLOCK_BYTES),
        )
        async with self._source.open(stored if span else Span(0, 0)) as chunks:
            yield self._plain(chunks, span, first, len(stored))

    async def _plain(self, chunks: Chunks, span: Span, number: int, left: int) -> Chunks:
        block = bytearray()
        async for chunk in chunks:
            rest = chunk
            while rest:
                size = min(rclone.STORED_BLOCK_BYTES, left)
                missing = size - len(block)
                block += rest[:missing]
                rest = rest[missing:]
                if len(block) < size:
                    break
                left -= size
                plain = rclone.decrypt_block(
                    self._crypt.key, self._crypt.nonce, number, bytes(block)
                )
                block.clear()
                begin = number * rclone.BLOCK_BYTES
                wanted = span.overlap(Span(begin, begin + len(plain)))
                number += 1
                yield memoryview(plain)[wanted.start - begin : wanted.stop - begin]
