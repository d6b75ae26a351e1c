from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.library import locals as module
from altmount.library.errors import (
    LocalFileError,
    NoRoomError,
    StorageUnavailableError,
    TooLargeError,
)
from altmount.library.locals import Content, Limits, LocalStore
from altmount.reader.source import read
from altmount.spans import Span
from tests.support.sweep import cancel_at_every_step


def handles():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path, Limits(1000, 1500))


async def pieces(*chunks):
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


def on_disk(tmp_path):
    return [path for path in (tmp_path / "local").rglob("*") if path.is_file()]


@pytest.mark.parametrize("cut", [1, 7, 1000])
async def test_what_is_kept_is_read(store, monkeypatch, cut):
    monkeypatch.setattr(module, "_CHUNK", 10)
    data = os.urandom(95)
    chunks = [data[at : at + cut] for at in range(0, len(data), cut)]
    content = await store.keep(pieces(*chunks))
    source = store.source(content)
    assert source.size == content.size == 95
    for span in (Span(0, 95), Span(5, 5), Span(9, 11), Span(94, 95), Span(0, 0)):
        assert await read(source, span) == data[span.start : span.stop]


async def test_an_empty_file_is_a_file(store):
    content = await store.keep(pieces())
    assert content.size == 0
    assert await read(store.source(content), Span(0, 0)) == b""


async def test_the_same_bytes_are_kept_once(store, tmp_path):
    one = await store.keep(pieces(b"ab"))
    two = await store.keep(pieces(b"a", b"b"))
    assert one == two
    assert len(on_disk(tmp_path)) == 1
    assert store.size == 2


async def test_other_bytes_have_another_etag(store):
    one, two = await store.keep(pieces(b"ab")), await store.keep(pieces(b"ba"))
    assert one.etag != two.etag
    assert len(one.etag) == 32


async def test_what_is_kept_outlives_the_program(store, tmp_path):
    content = await store.keep(pieces(b"abc"))
    (tmp_path / "local" / ".torn.tmp").write_bytes(b"half")
    again = LocalStore(tmp_path, Limits())
    assert again.size == 3
    assert await read(again.source(content), Span(0, 3)) == b"abc"
    assert len(on_disk(tmp_path)) == 1


async def test_a_file_has_a_limit_and_all_have_one(store, tmp_path):
    with pytest.raises(TooLargeError):
        store.check(1001)
    with pytest.raises(TooLargeError):
        await store.keep(pieces(b"x" * 600, b"x" * 401))
    await store.keep(pieces(b"x" * 1000))
    with pytest.raises(NoRoomError):
        store.check(501)
    store.check(500)
    with pytest.raises(NoRoomError):
        await store.keep(pieces(b"y" * 300, b"y" * 201))
    assert store.size == 1000
    assert len(on_disk(tmp_path)) == 1


async def test_files_on_their_way_in_take_room_already(store):
    async def slow():
        yield b"x" * 900
        with pytest.raises(NoRoomError):
            store.check(700)
        yield b"x"

    await store.keep(slow())


async def test_wherever_it_is_cancelled_it_is_there_whole_or_not_at_all(store, tmp_path):
    async def check():
        files = on_disk(tmp_path)
        sizes = [len(path.read_bytes()) for path in files]
        assert (store.size, set(sizes)) in [(0, set()), (6, {6})]
        for path in files:
            store.drop(path.name, before=time.time() + 9)

    steps = await cancel_at_every_step(lambda: store.keep(pieces(b"abc", b"def")), check)
    assert steps > 5


async def test_a_sender_that_fails_leaves_nothing(store, tmp_path):
    async def fail():
        yield b"abc"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await store.keep(fail())
    assert (store.size, on_disk(tmp_path)) == (0, [])


async def test_a_full_disk_is_said_to_be_full(store, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(NoRoomError, match="full"):
            await store.keep(pieces(b"abc"))
    assert (store.size, on_disk(tmp_path)) == (0, [])


async def test_damaged_bytes_are_never_read(store, tmp_path):
    content = await store.keep(pieces(b"abcdef"))
    [path] = on_disk(tmp_path)
    again = LocalStore(tmp_path, Limits())
    path.write_bytes(b"abcdeX")
    for span in (Span(0, 6), Span(0, 1)):
        with pytest.raises(LocalFileError, match="is damaged; restore it"):
            await read(again.source(content), span)
    path.unlink()
    with pytest.raises(LocalFileError, match="is gone; restore it"):
        await read(again.source(content), Span(0, 1))


async def test_a_file_that_was_cut_since_it_was_checked_ends_in_an_error(store, tmp_path):
    content = await store.keep(pieces(b"abcdef"))
    [path] = on_disk(tmp_path)
    path.write_bytes(b"abc")
    with pytest.raises(LocalFileError, match="cut short"):
        await read(store.source(content), Span(0, 6))


async def test_a_disk_that_does_not_answer_fails_for_now(store, tmp_path, monkeypatch):
    content = await store.keep(pieces(b"abcdef"))

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(StorageUnavailableError, match="Input/output error"):
        await read(store.source(content), Span(0, 6))


async def test_a_reader_that_leaves_leaves_no_file_open(store):
    content = await store.keep(pieces(b"abcdef"))
    before = handles()

    async def look():
        async with store.source(content).open(Span(0, 6)) as chunks:
            async for _ in chunks:
                await asyncio.sleep(0)

    async def check():
        assert handles() <= before

    await cancel_at_every_step(look, check)


async def test_only_what_was_put_in_before_is_dropped(store, tmp_path):
    content = await store.keep(pieces(b"abc"))
    [path] = on_disk(tmp_path)
    os.utime(path, (100, 100))
    assert store.older(101) == [content.digest]
    assert store.older(100) == []
    await store.keep(pieces(b"abc"))
    store.drop(content.digest, before=101)
    assert path.exists()
    os.utime(path, (100, 100))
    store.drop(content.digest, before=101)
    assert not path.exists()
    assert store.size == 0


@given(st.text(max_size=70))
def test_only_digests_are_names(tmp_path_factory, text):
    store = LocalStore(tmp_path_factory.getbasetemp(), Limits())
    with pytest.raises(ValueError, match="not a digest"):
        store.source(Content(text, 1))
