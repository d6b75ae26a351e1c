from __future__ import annotations

import json
import struct
import sys
import tracemalloc
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.model import Lead
from altmount.library.encoding import facts_of, sections_of
from altmount.library.errors import SidecarError, SidecarUnavailableError
from altmount.library.sections import pack
from altmount.library.sidecar import READING, Sidecar, etag_of
from altmount.library.status import FileStatus
from altmount.reader.extents import ExtentMap
from altmount.reader.inference import Inference, Reliance
from altmount.reader.transform import Encrypted, Padded, Strand
from altmount.spans import Span
from tests.support.releases import make_release, same_map, same_table


def run(work):
    """Drive a coroutine that only lets others run."""
    try:
        while True:
            work.send(None)
    except StopIteration as end:
        return end.value


def written(release, **facts):
    packed = pack(facts_of(release) | facts, run(sections_of(release)))
    return b"".join(packed.pieces)


def opened(data):
    return Sidecar(memoryview(data), "a.altmount")


def resealed(data, name, change):
    """With a section that was changed, and whose checks are right all the same."""
    size = struct.unpack_from("<I", data, 12)[0]
    header = json.loads(data[24 : 24 + size])
    offset, length, _ = header["sections"][name]
    section = bytearray(data[offset : offset + length])
    change(section)
    header["sections"][name] = [offset, len(section), zlib.crc32(section)]
    text = json.dumps(header).encode().ljust(size)
    head = data[:12] + struct.pack("<III", size, zlib.crc32(text), 0) + text
    return head + data[len(head) : offset] + bytes(section) + data[offset + len(section) :]


def assert_same(sidecar, release):
    back = sidecar.release()
    assert (back.id, back.name, back.category) == (release.id, release.name, release.category)
    assert (back.created, back.folder) == (release.created, release.folder)
    assert back.nzb == release.nzb
    assert same_table(back.table, release.table)
    for one, other in zip(back.entries, release.entries, strict=True):
        assert (one.path, one.size, one.modified) == (other.path, other.size, other.modified)
        assert same_map(one.map, other.map)
        assert one.transform == other.transform
        assert list(one.map.covering(Span(0, one.size))) == list(
            other.map.covering(Span(0, one.size))
        )


NO_FIT = b'{"entry": 0, "unpacked": ""}'
SMALL = make_release(1, ("a ☂.mkv", "sub/b.srt"), segments=2, password="s3cret ☂")
WRITTEN = written(SMALL)


@given(
    st.integers(0, 10**6),
    st.lists(st.text("abcü☂", min_size=1, max_size=5), max_size=4, unique=True),
    st.integers(0, 4),
)
def test_a_release_comes_back_as_it_was(seed, names, segments):
    release = make_release(seed, tuple(names), segments=segments, password="x")
    assert_same(opened(written(release)), release)


def test_every_section_that_is_written_is_used_and_the_password_is_kept():
    assert_same(opened(WRITTEN), SMALL)
    assert opened(WRITTEN).nzb().metas["password"] == "s3cret ☂"


HOLES = Padded((Span(0, 10), Span(700_000, 720_000)))
TRANSFORMED = replace(SMALL, entries=(replace(SMALL.entries[0], transform=HOLES), SMALL.entries[1]))


def encrypted(release, skip=3):
    """With a first file that is encrypted."""
    first, *rest = release.entries
    extents = ExtentMap.joined(release.table, range(1))
    size = extents.size - 20
    strand = Strand(extents.size, size, bytes(32), bytes(16), skip)
    return replace(
        release,
        entries=(replace(first, size=size, map=extents, transform=Encrypted((strand,))), *rest),
    )


@pytest.mark.parametrize("release", [TRANSFORMED, encrypted(SMALL)])
def test_transforms_come_back_as_they_were(release):
    sidecar = opened(written(release))
    assert_same(sidecar, release)
    assert sidecar.size(0) == release.entries[0].size
    assert sidecar.transform(1) is None


def relying(release):
    """With a first file that relies on the head of a volume."""
    first, *rest = release.entries
    head = ExtentMap.joined(release.table, range(1, 2))
    inference = Inference(Lead("rar5", 1, "a ☂.mkv", Span(99, 500)), head, None, "s3cret ☂")
    relied = (Reliance(Span(7, 9), inference), Reliance(Span(10, 12), inference))
    first = replace(first, reliances=relied, status=FileStatus.UNVERIFIED)
    return replace(release, entries=(first, *rest))


def test_what_a_file_relies_on_is_kept_and_is_the_same_each_time():
    sidecar = opened(written(relying(SMALL)))
    sidecar.check()
    back = sidecar.reliances(0)
    assert back is sidecar.reliances(0)
    (span, inference), (_, same) = back.all
    assert inference is same
    assert span == Span(7, 9)
    assert inference.lead == Lead("rar5", 1, "a ☂.mkv", Span(99, 500))
    assert inference.password == "s3cret ☂"
    assert not sidecar.reliances(1)
    assert [sidecar.status(0), sidecar.status(1)] == [FileStatus.UNVERIFIED, FileStatus.HEALTHY]
    assert sidecar.entry(0).status is FileStatus.UNVERIFIED


def test_what_a_file_relies_on_changes_no_etag():
    assert opened(written(relying(SMALL))).etag(0) == opened(WRITTEN).etag(0)


def of_version_1(data):
    """As that version wrote it: without transforms, and without all that came later."""
    size = struct.unpack_from("<I", data, 12)[0]
    header = json.loads(data[24 : 24 + size])
    for name in ("transforms", "entry_statuses", "inferences"):
        del header["sections"][name]
    text = json.dumps(header).encode().ljust(size)
    return data[:8] + struct.pack("<IIII", 1, size, zlib.crc32(text), 0) + text + data[24 + size :]


def test_a_sidecar_of_version_1_is_read_and_its_files_keep_their_etags():
    sidecar = opened(of_version_1(WRITTEN))
    sidecar.check()
    assert_same(sidecar, SMALL)
    header = json.loads(WRITTEN[24 : 24 + struct.unpack_from("<I", WRITTEN, 12)[0]])
    checks = [header["sections"][name][2] for name in READING[:-2]]
    assert sidecar.etag(1) == etag_of(SMALL.id, 1, SMALL.entries[1].size, checks)


@pytest.mark.parametrize("version", [0, 4])
def test_a_sidecar_of_another_version_is_refused(version):
    with pytest.raises(SidecarError, match=f"version {version}"):
        opened(WRITTEN[:8] + struct.pack("<I", version) + WRITTEN[12:])


def everything_of(data):
    sidecar = opened(data)
    sidecar.check()
    return sidecar, sidecar.release()


@given(st.integers(0, 8 * len(WRITTEN) - 1))
def test_a_flipped_bit_is_noticed_or_makes_no_difference(bit):
    data = bytearray(WRITTEN)
    data[bit // 8] ^= 1 << bit % 8
    try:
        sidecar, _ = everything_of(data)
    except SidecarError:
        return
    assert_same(sidecar, SMALL)


@given(st.integers(0, len(WRITTEN) - 1), st.binary(max_size=20))
def test_a_sidecar_that_is_cut_short_is_noticed_or_it_makes_no_difference(length, rest):
    try:
        sidecar, _ = everything_of(WRITTEN[:length] + rest)
    except SidecarError:
        return
    assert_same(sidecar, SMALL)


SECTIONS = sorted(
    json.loads(WRITTEN[24 : 24 + struct.unpack_from("<I", WRITTEN, 12)[0]])["sections"]
)


@given(st.sampled_from(SECTIONS), st.data())
def test_columns_that_contradict_one_another_never_lead_outside(name, data):
    """The checks are right here, so this was made on purpose."""

    def change(section):
        if data.draw(st.booleans()):
            del section[data.draw(st.integers(0, len(section))) // 8 * 8 :]
        if section:
            at = data.draw(st.integers(0, len(section) - 1))
            section[at] = data.draw(st.integers(0, 255))

    try:
        sidecar, release = everything_of(resealed(WRITTEN, name, change))
    except SidecarError:
        return
    for index, entry in enumerate(release.entries):
        assert len(sidecar.etag(index)) == 32
        try:
            extents = list(entry.map.covering(Span(0, entry.size)))
        except (IndexError, ValueError, SidecarError):
            continue  # a number that leads nowhere
        assert len(extents) <= len(SMALL.table)
        assert all(
            each.message_id.encode() in bytes(SMALL.table.ids) or name in {"ids", "id_ends"}
            for each in extents
        )


@pytest.mark.parametrize(
    "facts",
    [
        {"created": "soon"},
        {"created": 10**30},
        {"created": None},
        {"folder": "relative"},
        {"folder": "/"},
        {"folder": "/elsewhere"},
        {"folder": None},
    ],
)
def test_facts_that_make_no_sense_are_refused(facts):
    with pytest.raises(SidecarError):
        everything_of(written(SMALL, **facts))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("nzb", lambda section: section.__setitem__(slice(None), b"")),
        ("nzb", lambda section: section.__setitem__(slice(None), b"[]\n[]")),
        ("nzb", lambda section: section.__setitem__(slice(None), b'{}\n{"segments": -1}')),
        ("nzb", lambda section: section.__setitem__(slice(None), b"{}\n" + b"[" * 100)),
        ("nzb_numbers", lambda section: section.__delitem__(slice(4))),
        ("nzb_id_ends", lambda section: section.__setitem__(slice(4, 8), b"\xff" * 4)),
        ("entry_extents", lambda section: section.__setitem__(slice(8), b"\xff" * 8)),
        ("entry_extents", lambda section: section.__setitem__(slice(8, 16), bytes(8))),
        ("entry_modified", lambda section: section.__setitem__(slice(8), b"\xff" * 7 + b"\x7f")),
        ("entry_modified", lambda section: section.__delitem__(slice(8))),
        ("entry_path_ends", lambda section: section.__delitem__(slice(8))),
        ("entry_paths", lambda section: section.__setitem__(slice(4), b"////")),
        ("entry_paths", lambda section: section.__setitem__(slice(4), b"\xff\xff\xff\xff")),
        ("entry_sizes", lambda section: section.__setitem__(slice(8), bytes(8))),
        ("starts", lambda section: section.__setitem__(slice(8), b"\1" + bytes(7))),
        ("begins", lambda section: section.__delitem__(slice(8))),
        ("id_ends", lambda section: section.__delitem__(slice(8))),
        ("posted_named", lambda section: section.__delitem__(slice(1))),
        ("entry_statuses", lambda section: section.__delitem__(slice(1))),
        ("entry_statuses", lambda section: section.__setitem__(slice(1), b"\x09")),
        ("inferences", lambda section: section.__setitem__(slice(None), b"[]")),
        ("transforms", lambda section: section.__setitem__(slice(None), b"{}")),
        ("transforms", lambda section: section.__setitem__(slice(None), NO_FIT)),
    ],
)
def test_what_makes_no_sense_is_refused(name, change):
    with pytest.raises(SidecarError, match=r"^a\.altmount "):
        everything_of(resealed(WRITTEN, name, change))


def test_a_file_that_the_release_does_not_have_is_refused():
    sidecar = opened(WRITTEN)
    assert len(sidecar) == 2
    for index in (-1, 2, 10**9):
        with pytest.raises(SidecarError, match="has no entry"):
            sidecar.map(index)


def test_posted_files_are_a_sequence():
    files = opened(WRITTEN).table.posted_files
    assert list(files[:1]) == [files[0]] == [SMALL.table.posted_files[0]]
    assert files[0] is files[0]
    with pytest.raises(IndexError):
        files[2]


def test_opening_costs_the_same_for_a_file_of_any_size():
    """Counts the lines of Python that run, and what is allocated."""

    def cost(segments):
        data = written(make_release(1, segments=segments))
        lines = 0

        def trace(_frame, event, _argument):
            nonlocal lines
            lines += event == "line"
            return trace

        def work():
            sidecar = opened(data)
            sidecar.check()
            extents = sidecar.map(0)
            return [extents.extent(segments - 1)]

        previous = sys.gettrace()
        sys.settrace(trace)
        try:
            work()
        finally:
            sys.settrace(previous)
        tracemalloc.start()
        try:
            work()
            return lines, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (few, small), (many, large) = cost(8), cost(20_000)
    assert abs(many - few) < 50  # the bisection's
    assert abs(large - small) < 10_000


def test_what_cannot_be_opened_is_said_so(tmp_path):
    with pytest.raises(SidecarError, match="is gone"):
        Sidecar.open(tmp_path / "nothing")
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(SidecarError, match="is empty"):
        Sidecar.open(empty)
    with pytest.raises(SidecarUnavailableError, match="Is a directory"):
        Sidecar.open(tmp_path)


def test_a_sidecar_that_is_replaced_stays_readable_for_who_has_it(tmp_path):
    path = tmp_path / "a.altmount"
    path.write_bytes(WRITTEN)
    sidecar = Sidecar.open(path)
    Path(tmp_path / "new").write_bytes(written(make_release(2)))
    (tmp_path / "new").replace(path)
    assert_same(sidecar, SMALL)
    assert Sidecar.open(path).name == "Release 2"


def test_an_etag_changes_with_the_bytes_and_with_nothing_else():
    def etags(release):
        sidecar = opened(written(release))
        return [sidecar.etag(index) for index in range(len(sidecar))]

    first = etags(SMALL)
    assert len(set(first)) == 2
    renamed = make_release(1, ("c.mkv", "d.mkv"), folder="/x/y", segments=2, password="other")
    later = type(SMALL)(
        SMALL.id,
        "other",
        "tv",
        SMALL.created + timedelta(days=1),
        renamed.folder,
        renamed.nzb,
        renamed.table,
        renamed.entries,
    )
    assert etags(later) == first
    assert not set(etags(TRANSFORMED)) & set(first)
    assert not set(etags(make_release(2, ("a", "b"), segments=2))) & set(first)
    assert not set(etags(make_release(1, ("a", "b"), segments=3))) & set(first)
    checks = range(len(READING))
    assert etag_of("r", 0, 5, checks) != etag_of("r", 1, 5, checks) != etag_of("r", 0, 6, checks)
