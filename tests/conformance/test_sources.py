"""What every source must do, whatever it makes its bytes of."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.ciphers import rclone
from altmount.errors import PermanentError
from altmount.reader.pieced import JoinedSource, SlicedSource, ZeroSource
from altmount.reader.source import Source, read
from altmount.reader.stack import transformed
from altmount.reader.transform import Encrypted, Padded, Plain, RcloneCrypt, Strand, Unpacked
from altmount.spans import Span
from tests.support.encrypted import cbc, rclone_file
from tests.support.sources import MemorySource

KEY, IV = bytes(range(32)), bytes(range(100, 116))


@dataclass
class Made:
    source: Source
    whole: bytes
    below: list[MemorySource]


def plain(size, seed):
    return random.Random(seed).randbytes(size)


def sliced(size, seed, chunk):
    below = MemorySource(b"before" + plain(size, seed) + b"after", chunk=chunk)
    return Made(SlicedSource(below, Span(6, 6 + size)), plain(size, seed), [below])


def joined(size, seed, chunk):
    rng = random.Random(seed)
    cuts = sorted(rng.randint(0, size) for _ in range(4))
    whole = plain(size, seed)
    bounds = zip([0, *cuts], [*cuts, size], strict=True)
    below = [MemorySource(whole[start:stop], chunk=chunk) for start, stop in bounds]
    return Made(JoinedSource(below), whole, below)


def padded(size, seed, chunk):
    rng = random.Random(seed)
    cuts = sorted({rng.randint(0, size) for _ in range(6)})
    holes = [Span(start, stop) for start, stop in zip(cuts[::2], cuts[1::2], strict=False)]
    whole = bytearray(plain(size, seed))
    below = MemorySource(bytes(whole), chunk=chunk)
    for hole in holes:
        whole[hole.start : hole.stop] = bytes(len(hole))
    return Made(transformed(below, Padded(tuple(holes))), bytes(whole), [below])


def decrypted(size, seed, chunk):
    skip = random.Random(seed).randint(0, 40)
    whole = plain(skip + size, seed)
    stored = cbc(whole, KEY, IV)
    below = MemorySource(stored, chunk=chunk)
    strand = Strand(len(stored), size, KEY, IV, skip)
    return Made(transformed(below, Encrypted((strand,))), whole[skip:], [below])


def strands(size, seed, chunk):
    whole, stored, parts = b"", b"", []
    for number in range(3):
        piece = plain(size // 3 + number, seed + number)
        chain = cbc(bytes(number) + piece, KEY[: 16 + 8 * number], IV)
        parts.append(Strand(len(chain), len(piece), KEY[: 16 + 8 * number], IV, number))
        whole, stored = whole + piece, stored + chain
    below = MemorySource(stored, chunk=chunk)
    return Made(transformed(below, Encrypted(tuple(parts))), whole, [below])


def twice(size, seed, chunk):
    """What is encrypted in what is encrypted, and plain in part."""
    rng = random.Random(seed)
    whole = plain(size, seed)
    inner = cbc(bytes(5) + whole, KEY, IV)
    cut = rng.randint(0, len(inner))
    outer = cbc(bytes(3) + inner[:cut], KEY[:16], IV)
    below = MemorySource(outer + inner[cut:], chunk=chunk)
    layer = Encrypted((Strand(len(outer), cut, KEY[:16], IV, 3), Plain(len(inner) - cut)))
    strands = (Strand(len(inner), size, KEY, IV, 5),)
    return Made(transformed(below, Encrypted(strands, layer)), whole, [below])


def of_rclone(size, seed, chunk):
    whole = plain(size * 300, seed)
    stored = rclone_file(whole, KEY, seed)
    below = MemorySource(stored, chunk=chunk * 1000)
    crypt = RcloneCrypt(KEY, rclone.nonce_of(stored))
    return Made(transformed(below, crypt), whole, [below])


def unpacked(size, seed, chunk):
    whole = plain(size, seed)
    return Made(transformed(MemorySource(b"", chunk=chunk), Unpacked(whole)), whole, [])


def zeros(size, seed, chunk):
    return Made(ZeroSource(size * 1000), bytes(size * 1000), [])


KINDS = [sliced, joined, padded, decrypted, strands, twice, of_rclone, unpacked, zeros]
kinds = pytest.mark.parametrize("kind", KINDS)
shapes = (st.integers(0, 700), st.integers(0, 99), st.integers(1, 100))


async def all_of(chunks):
    """The bytes of chunks, each taken while it is lent."""
    got = b""
    async for chunk in chunks:
        got += bytes(chunk)
    return got


@kinds
@settings(max_examples=30)
@given(*shapes, st.data())
def test_any_span_equals_that_of_the_original(kind, size, seed, chunk, data):
    made = kind(size, seed, chunk)
    start = data.draw(st.integers(0, len(made.whole)))
    stop = data.draw(st.integers(start, len(made.whole)))
    assert made.source.size == len(made.whole)
    assert asyncio.run(read(made.source, Span(start, stop))) == made.whole[start:stop]
    assert all(below.reading == 0 for below in made.below)


@kinds
async def test_two_readers_do_not_disturb_each_other(kind):
    made = kind(600, 1, 50)
    size = len(made.whole)
    spans = [Span(size // 5, size), Span(0, size - size // 7)]
    got = [b"", b""]
    async with made.source.open(spans[0]) as one, made.source.open(spans[1]) as other:
        for _ in range(3):
            for index, chunks in enumerate((one, other)):
                got[index] += bytes(await anext(chunks, b""))
        got[0] += await all_of(one)
        got[1] += await all_of(other)
    assert got == [made.whole[span.start : span.stop] for span in spans]


@kinds
async def test_leaving_early_leaves_nothing_open(kind):
    made = kind(600, 2, 50)
    async with made.source.open(Span(1, len(made.whole))) as chunks:
        await anext(chunks)
    assert all(below.reading == 0 for below in made.below)


@kinds
async def test_a_reader_that_is_held_up_ends_when_it_is_cancelled(kind):
    made = kind(600, 3, 50)
    if not made.below:
        return  # nothing can hold it up
    for below in made.below:
        below.hold_at = below.size // 2

    async def reading():
        await read(made.source, Span(0, len(made.whole)))

    task = asyncio.create_task(reading())
    holding = [asyncio.create_task(below.held.wait()) for below in made.below]
    await asyncio.wait(holding, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    await asyncio.wait([task])
    assert all(below.reading == 0 for below in made.below)
    for wait in holding:
        wait.cancel()
    await asyncio.wait(holding)


@kinds
async def test_what_comes_before_a_failure_is_right_and_the_failure_is_told(kind):
    made = kind(600, 4, 50)
    if not made.below:
        return
    error = PermanentError("it broke")
    for below in made.below:
        below.fail_at, below.error = below.size * 2 // 3, error
    got = b""
    with pytest.raises(PermanentError, match="it broke"):
        async with made.source.open(Span(0, len(made.whole))) as chunks:
            async for chunk in chunks:
                got += bytes(chunk)
    assert got
    assert made.whole.startswith(got)


async def test_of_joined_sources_only_the_one_that_is_read_is_open():
    made = joined(600, 5, 50)
    most = 0
    async with made.source.open(Span(0, 600)) as chunks:
        async for _ in chunks:
            most = max(most, sum(below.reading for below in made.below))
    assert most == 1
