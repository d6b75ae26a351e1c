from __future__ import annotations

import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError
from altmount.library.errors import SidecarError
from altmount.library.sections import MAX_HEADER_BYTES, VERSION, Container, pack

SECTIONS = {"numbers": struct.pack("<3I", 1, 2, 2**32 - 1), "empty": b"", "text": b"hello"}


def written(sections=SECTIONS, **facts):
    return b"".join(pack(facts, sections).pieces)


def opened(data):
    return Container(memoryview(data), "a.altmount")


def resealed(data, change):
    """With a header that was changed, and whose check is right all the same."""
    size = struct.unpack_from("<I", data, 12)[0]
    header = json.loads(data[24 : 24 + size])
    text = (change(header) or json.dumps(header).encode()).ljust(size)
    head = data[:12] + struct.pack("<III", len(text), zlib.crc32(text), 0)
    return head + text + data[24 + size :]


@given(
    st.dictionaries(st.text(max_size=8), st.binary(max_size=40), max_size=6),
    st.dictionaries(st.sampled_from("abc"), st.text() | st.none() | st.integers(), max_size=3),
)
def test_what_was_packed_is_there_and_checked(sections, facts):
    packed = pack(facts, sections)
    container = opened(b"".join(packed.pieces))
    for name, data in sections.items():
        assert container.section(name) == data
        assert container.check_of(name) == packed.checks[name] == zlib.crc32(data)
    assert {name: container.facts[name] for name in facts} == facts


def test_sections_are_aligned_so_that_columns_can_be_used_where_they_lie():
    data = written()
    places = json.loads(data[24 : 24 + struct.unpack_from("<I", data, 12)[0]])["sections"]
    assert all(offset % 8 == 0 for offset, *_ in places.values())
    container = opened(data)
    assert list(container.column("numbers", "I")) == [1, 2, 2**32 - 1]
    assert list(container.column("empty", "Q")) == []


def test_a_section_under_two_names_is_written_once():
    ids = b"x" * 1000
    assert len(written({"a": ids, "b": ids})) < 1500
    container = opened(written({"a": ids, "b": ids}))
    assert container.section("a") == container.section("b") == ids


def test_a_section_is_checked_once_and_only_when_it_is_used(monkeypatch):
    checked = []
    data = bytearray(written())
    data[-8] ^= 1  # in the last section
    container = opened(data)
    real = zlib.crc32
    monkeypatch.setattr("zlib.crc32", lambda bytes_: checked.append(len(bytes_)) or real(bytes_))
    assert container.section("numbers") is container.section("numbers")
    assert checked == [12]
    with pytest.raises(SidecarError, match=r"a\.altmount is damaged in its section 'text'"):
        container.section("text")


@given(st.data())
def test_a_flipped_bit_is_noticed_or_makes_no_difference(data):
    whole = written(name="Release ☂")
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    broken = bytearray(whole)
    broken[bit // 8] ^= 1 << bit % 8
    try:
        container = opened(broken)
        assert container.facts["name"] == "Release ☂"
        assert {name: container.section(name) for name in SECTIONS} == SECTIONS
    except SidecarError:
        pass


@given(st.integers(0, len(written()) - 1))
def test_a_container_that_is_cut_short_is_refused_if_anything_is_missing(length):
    try:
        container = opened(written()[:length])
        assert {name: container.section(name) for name in SECTIONS} == SECTIONS
    except SidecarError:
        pass


@given(st.binary(max_size=100))
def test_anything_else_is_refused(data):
    with pytest.raises(SidecarError):
        opened(data)


def test_a_container_of_a_later_version_is_said_to_be_one():
    data = bytearray(written())
    data[8] = VERSION + 1
    with pytest.raises(SidecarError, match="has version 4, of a later altmount"):
        opened(data)


def replace(key, value):
    return lambda header: header.update({key: value})


def place(value):
    return lambda header: header["sections"].update({"text": value})


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"[]",
        lambda _: b"null",
        lambda _: b"\xff",
        lambda _: b"[" * 200,
        lambda header: header.pop("sections") and None,
        lambda header: header.pop("order") and None,
        replace("order", "big"),
        replace("sections", [1, 2]),
        replace("sections", None),
        place(None),
        place([1, 2]),
        place([1.5, 5, 0]),
        place(["0", 5, 0]),
        place([-8, 5, 0]),
        place([8, -5, 0]),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(change):
    with pytest.raises(SidecarError):
        opened(resealed(written(), change))


@pytest.mark.parametrize(
    "value",
    [[2**70, 5, 0], [0, 2**70, 0], [0, 10**6, 0], [10**6, 5, 0], [1, 5, 0], [0, 5, 0], [0, 5, -1]],
)
def test_a_section_that_is_elsewhere_is_refused(value):
    container = opened(resealed(written(), place(value)))
    assert container.section("numbers") == SECTIONS["numbers"]
    with pytest.raises(SidecarError):
        container.section("text")


def test_a_section_that_is_not_there_is_refused():
    with pytest.raises(SidecarError, match="has no section 'other'"):
        opened(written()).section("other")


def test_a_column_of_half_a_number_is_refused():
    with pytest.raises(SidecarError, match="half a number"):
        opened(written()).column("text", "I")


def test_facts_that_are_too_long_are_not_written():
    with pytest.raises(InvalidRequestError):
        pack({"name": "x" * MAX_HEADER_BYTES}, {})
