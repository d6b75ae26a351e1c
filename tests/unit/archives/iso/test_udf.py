from __future__ import annotations

import ctypes
import ctypes.util
import itertools
import os
import random
import struct
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso import udf as udf_module
from altmount.archives.iso import udffile
from altmount.archives.iso.udf import read_udf
from altmount.archives.joined import Joined
from tests.support import isos
from tests.support.archives import Driver, mutations
from tests.support.isos import SECTOR, Shape, descriptor, udf

TREE = {
    "BDMV": {
        "STREAM": {
            "00001.m2ts": random.Random(1).randbytes(30_000),
            "00002.m2ts": random.Random(2).randbytes(3_000),
        },
        "映画": {"ü.txt": b"hi"},
    },
    "empty": b"",
    "none": {},
}


def files_of(tree, path=""):
    for name, content in tree.items():
        if isinstance(content, dict):
            yield from files_of(content, f"{path}{name}/")
        else:
            yield path + name, content


FILES = dict(files_of(TREE))


def read(data):
    driver = Driver([data])
    return driver, driver.run(read_udf(Joined(driver.volumes))).entries


def fault_of(data):
    with pytest.raises(ArchiveError) as error:
        read(data)
    return error.value.fault


def contents(data):
    driver, entries = read(data)
    return {entry.path: driver.content(entry) for entry in entries if not entry.folder}


SHAPES = [
    Shape(
        **dict(zip(("metadata", "long", "scattered", "inline", "per_block"), chosen, strict=True))
    )
    for chosen in itertools.product(*[(False, True)] * 3, (0, 100), (1000, 2))
]


@pytest.mark.parametrize("extra", [{}, {"extended": True}, {"extent": 4096}])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_file_of_every_image_has_its_bytes(shape, extra):
    driver, entries = read(udf(TREE, shape, **extra))
    assert {e.path: driver.content(e) for e in entries if not e.folder} == FILES
    folders = {entry.path for entry in entries if entry.folder}
    assert folders == {"BDMV", "BDMV/STREAM", "BDMV/映画", "none"}


@pytest.mark.parametrize("shape", [{"split_metadata": True}, {"mirror_only": True}])
def test_the_metadata_partition_may_be_in_pieces_or_damaged(shape):
    assert contents(udf(TREE, metadata=True, **shape)) == FILES


def test_links_and_what_was_deleted_are_left_out():
    data = udf(TREE, links=("empty",), deleted=("BDMV/STREAM/00002.m2ts",))
    assert set(contents(data)) == FILES.keys() - {"empty", "BDMV/STREAM/00002.m2ts"}


def test_an_image_costs_few_articles():
    driver, _ = read(udf(TREE, metadata=True))
    assert len(driver.articles) <= 3
    assert driver.requests < 40


def test_an_anchor_at_the_end_is_found():
    data = bytearray(udf(TREE))
    data[256 * SECTOR : 257 * SECTOR] = bytes(SECTOR)
    assert contents(bytes(data)) == FILES


def test_what_has_no_anchor_is_no_udf():
    assert fault_of(b"") is ArchiveFault.NOT_AN_ARCHIVE
    assert fault_of(bytes(300 * SECTOR)) is ArchiveFault.NOT_AN_ARCHIVE


def test_a_file_with_holes_is_known_but_not_readable(monkeypatch):
    pack = isos._long
    monkeypatch.setattr(
        isos,
        "_long",
        lambda block, part, size=SECTOR: pack(block, part, size | (size == 3000) << 31),
    )
    _, entries = read(udf(TREE, long=True))
    found = {entry.path: entry.obstacle for entry in entries}
    assert found["BDMV/STREAM/00002.m2ts"] is ArchiveFault.UNSUPPORTED
    assert found["BDMV/STREAM/00001.m2ts"] is None


def test_what_is_set_aside_after_a_file_is_no_part_of_it(monkeypatch):
    made = isos._Udf._file_entry

    def shorter(self, kind, how, size, described, block):
        return made(self, kind, how, size - 7 * (kind == 5), described, block)

    monkeypatch.setattr(isos._Udf, "_file_entry", shorter)
    assert contents(udf({"a": b"x" * 3000})) == {"a": b"x" * 2993}


def test_an_image_that_is_cut_off_has_what_is_there():
    data = udf({"a": b"a" * 100, "film": bytes(50_000)})
    whole = {entry.path: entry.obstacle for entry in read(data)[1]}
    assert whole == {"a": None, "film": None}
    assert fault_of(data[: 520 * SECTOR]) in {ArchiveFault.DAMAGED, ArchiveFault.TRUNCATED}


def _with_volume(change):
    """An image whose logical volume was changed."""
    data = bytearray(udf({"a": b"a"}))
    for sector in (33, 65):
        at = sector * SECTOR
        body = bytearray(data[at + 16 : at + 16 + 430])
        change(body)
        data[at : at + SECTOR] = descriptor(6, bytes(body), sector).ljust(SECTOR, b"\0")
    return bytes(data)


def test_volumes_of_other_kinds_are_refused():
    def blocks(body):
        body[196:200] = (512).to_bytes(4, "little")

    def kind(body):
        body[424:430] = b"\2\6\0\0\0\0"

    def partition(body):
        body[428:430] = b"\7\0"

    def elsewhere(body):
        body[236:242] = b"\0\0\0\0\5\0"

    assert fault_of(_with_volume(blocks)) is ArchiveFault.UNSUPPORTED
    assert fault_of(_with_volume(kind)) is ArchiveFault.UNSUPPORTED
    assert fault_of(_with_volume(partition)) is ArchiveFault.DAMAGED
    assert fault_of(_with_volume(elsewhere)) is ArchiveFault.DAMAGED


def test_the_descriptors_may_go_on_elsewhere():
    data = bytearray(udf(TREE))
    pointer = descriptor(3, (1).to_bytes(4, "little") + struct.pack("<II", 16 * SECTOR, 64), 32)
    data[32 * SECTOR : 33 * SECTOR] = pointer.ljust(SECTOR, b"\0")
    data[33 * SECTOR : 36 * SECTOR] = bytes(3 * SECTOR)
    assert contents(bytes(data)) == FILES
    for sector in (32, 64):
        loop = pointer[:20] + struct.pack("<II", 16 * SECTOR, sector)
        again = descriptor(3, loop[16:], sector)
        data[sector * SECTOR : (sector + 1) * SECTOR] = again.ljust(SECTOR, b"\0")
    assert fault_of(bytes(data)) is ArchiveFault.TOO_LARGE


def test_a_metadata_partition_that_lies_in_none_is_damage(monkeypatch):
    made = isos._metadata_map
    monkeypatch.setattr(
        isos, "_metadata_map", lambda *places: made(*places).replace(b"\1\0\0\0", b"\1\0\1\0", 1)
    )
    assert fault_of(udf(TREE, metadata=True)) is ArchiveFault.DAMAGED


def test_extents_that_do_not_go_on_where_they_should_are_damage():
    data = udf({"a": bytes(20_000)}, extent=2048, per_block=2)
    image = bytearray(data)
    for at in range(512 * SECTOR, len(image), SECTOR):
        if image[at : at + 2] == b"\x02\x01":
            image[at : at + SECTOR] = descriptor(257, bytes(99), 0).ljust(SECTOR, b"\0")
    assert fault_of(bytes(image)) is ArchiveFault.DAMAGED


@pytest.mark.parametrize("how", [2, 5])
def test_extents_of_other_kinds_are_not_known(monkeypatch, how):
    made = isos._Udf._file_entry
    monkeypatch.setattr(
        isos._Udf, "_file_entry", lambda self, kind, _, *rest: made(self, kind, how, *rest)
    )
    assert fault_of(udf({"a": b"x"})) is ArchiveFault.UNSUPPORTED


@pytest.mark.parametrize("block", range(14))
def test_a_metadata_partition_may_be_cut_within_a_block(monkeypatch, block):
    def odd(made):
        whole = b"".join(isos._sector(one) for one in made.meta)
        cut = block * SECTOR + 200  # in the midst of what a file entry says
        described = b""
        for piece in (whole[:cut], whole[cut:]):
            described += struct.pack("<II", len(piece), len(made.data))
            made.data += [piece[at : at + SECTOR] for at in range(0, len(piece), SECTOR)]
        place = len(made.data)
        made.data.append(isos._sector(made._file_entry(250, 0, len(whole), described, place)))
        return isos._metadata_map(place, place)

    monkeypatch.setattr(isos, "_place_metadata", odd)
    assert contents(udf(TREE, metadata=True, inline=100)) == FILES


def test_a_folder_that_lies_in_itself_is_read_once(monkeypatch):
    made = isos._Udf.identifier
    monkeypatch.setattr(
        isos._Udf,
        "identifier",
        lambda self, name, flags, block: made(self, name, flags, 1 if name == "loop" else block),
    )
    driver, entries = read(udf({"loop": {}, "a": b"x"}))
    assert [entry.path for entry in entries if not entry.folder] == ["a"]
    assert driver.requests < 20


def test_extents_are_bounded(monkeypatch):
    monkeypatch.setattr(udf_module, "MAX_EXTENTS", 3)
    assert fault_of(udf(TREE, extent=4096)) is ArchiveFault.TOO_LARGE
    monkeypatch.undo()
    monkeypatch.setattr(udffile, "MAX_CONTINUATIONS", 2)
    assert fault_of(udf(TREE, extent=4096, per_block=2)) is ArchiveFault.TOO_LARGE


@cache
def _built(number):
    tree = {"d": {"a": random.Random(1).randbytes(5000), "b": b"inline"}, "c": b""}
    return udf(tree, Shape(metadata=bool(number), inline=100, extent=2048))


def _sealed(data):
    """The same, with all checksums made right again."""
    image = bytearray(data)
    for at in range(0, len(image) - SECTOR + 1, SECTOR):
        tag, size = (
            int.from_bytes(image[at : at + 2], "little"),
            int.from_bytes(image[at + 10 : at + 12], "little"),
        )
        if tag in {2, 5, 6, 256, 257, 258, 261, 266} and size <= SECTOR - 16:
            body = bytes(image[at + 16 : at + 16 + size])
            image[at : at + 16 + size] = descriptor(tag, body, 0)
    return bytes(image)


@settings(max_examples=150)
@given(st.integers(0, 1), st.booleans(), st.data())
def test_damage_gives_an_error_of_its_kind_or_entries_that_lie_in_the_image(number, sealed, data):
    built = _built(number)
    at = data.draw(st.sampled_from((32, 33, 256, *range(512, len(built) // SECTOR)))) * SECTOR
    [sector] = data.draw(mutations([built[at : at + 700]]))
    damaged = built[:at] + sector[:SECTOR].ljust(SECTOR, b"\0") + built[at + SECTOR :]
    if sealed:
        damaged = _sealed(damaged)
    driver = Driver([damaged])
    try:
        entries = driver.run(read_udf(Joined(driver.volumes))).entries
    except ArchiveError:
        return
    for entry in entries:
        for extent in entry.extents:
            assert 0 <= extent.start < extent.start + extent.size <= len(damaged)
        if not entry.obstacle:
            assert len(driver.content(entry)) == entry.size


LIBRARY = "libudfread.so.0"


def _library():
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        return None


@pytest.mark.skipif(
    _library() is None and not os.environ.get("CI"), reason="libudfread is not installed"
)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_another_reader_agrees_on_what_the_builder_makes(tmp_path, shape):
    (tmp_path / "x.iso").write_bytes(udf(TREE, shape, extent=4096))
    library = ctypes.CDLL(LIBRARY)
    library.udfread_init.restype = library.udfread_file_open.restype = ctypes.c_void_p
    library.udfread_file_size.restype = ctypes.c_int64
    library.udfread_file_read.restype = ctypes.c_ssize_t
    opened = ctypes.c_void_p(library.udfread_init())
    assert library.udfread_open(opened, str(tmp_path / "x.iso").encode()) == 0
    for path, content in FILES.items():
        file = ctypes.c_void_p(library.udfread_file_open(opened, f"/{path}".encode()))
        assert file
        assert library.udfread_file_size(file) == len(content)
        found = ctypes.create_string_buffer(len(content) + 1)
        library.udfread_file_read(file, found, ctypes.c_size_t(len(content)))
        assert found.raw[:-1] == content
        library.udfread_file_close(file)
    library.udfread_close(opened)


@pytest.mark.parametrize("label", ["FILM_D1", "Плёнка", ""])
def test_a_volume_says_what_it_is_called(label):
    driver = Driver([udf({"a": b"x"}, label=label)])
    assert driver.run(read_udf(Joined(driver.volumes))).label == label
