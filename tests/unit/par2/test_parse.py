from __future__ import annotations

import hashlib
import random
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.par2 import parse
from altmount.par2.parse import Par2File, hash16k, parse_par2
from tests.support import par2s

CONTENTS = {"film.mkv": random.Random(1).randbytes(40_000), "film.nfo": b"short", "empty": b""}
FILES = tuple(Par2File(name, len(content), hash16k(content)) for name, content in CONTENTS.items())
INDEX = par2s.par2_index(CONTENTS)


def test_an_index_names_its_files():
    assert parse_par2(INDEX) == FILES
    assert parse_par2(memoryview(bytearray(INDEX))) == FILES


def test_the_hash_is_of_the_first_16_kib():
    content = CONTENTS["film.mkv"]
    expected = hashlib.md5(content[:16384]).digest()
    assert hash16k(content) == hash16k(memoryview(content)[:16384]) == expected
    assert hash16k(bytearray(b"short")) == hashlib.md5(b"short").digest()
    assert FILES[0].hash16k == expected


@pytest.mark.skipif(shutil.which("par2") is None, reason="par2 is not installed")
def test_what_the_par2_program_writes_is_understood(tmp_path):
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
    subprocess.run(["par2", "create", "-q", "-q", "x.par2", *CONTENTS], cwd=tmp_path, check=True)
    found = parse_par2((tmp_path / "x.par2").read_bytes())
    assert set(found) == {file for file in FILES if file.size}


def test_repeated_packets_count_once():
    assert parse_par2(INDEX + INDEX) == FILES


def test_the_same_file_in_two_sets_counts_once():
    other = bytes(16)
    assert parse_par2(INDEX + par2s.description(b"film.nfo", b"short", other)) == FILES
    renamed = par2s.description(b"other", b"short", other)
    assert parse_par2(INDEX + renamed) == (*FILES, Par2File("other", 5, hash16k(b"short")))


@given(st.binary(max_size=100), st.binary(max_size=100), st.binary(max_size=100))
def test_what_lies_around_packets_does_not_matter(before, between, after):
    first = par2s.description(b"a", b"A")
    second = par2s.description(b"b", b"B")
    names = [file.name for file in parse_par2(before + first + between + second + after)]
    assert names == ["a", "b"]


def test_a_damaged_packet_is_passed_over():
    start = INDEX.index(b"film.nfo")
    damaged = INDEX[:start] + b"X" + INDEX[start + 1 :]
    assert parse_par2(damaged) == (FILES[0], FILES[2])


def test_an_unfinished_packet_is_passed_over():
    packet = par2s.description(b"film.nfo", b"short")
    for stop in range(len(packet)):
        assert parse_par2(INDEX[:0] + packet[:stop]) == ()
    assert parse_par2(packet[:80] + packet) == parse_par2(packet)


@pytest.mark.parametrize("length", [0, 4, 63, 65, 66, 2**63, 2**64 - 1])
def test_a_length_that_cannot_be_hides_nothing(length):
    packet = par2s.description(b"a", b"A")
    wrong = packet[:8] + length.to_bytes(8, "little") + packet[16:]
    assert parse_par2(wrong + packet) == parse_par2(packet)


def test_a_packet_of_another_kind_hides_nothing():
    packet = par2s.description(b"a", b"A")
    around = par2s.packet(par2s.CREATOR, packet)
    assert parse_par2(around) == parse_par2(packet)


def test_a_packet_in_a_name_is_part_of_the_name():
    inner = par2s.description(b"b", b"B")
    [file] = parse_par2(par2s.description(b"a" + inner + b"z", b"A"))
    assert file.name.startswith("aPAR2\0PKT")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"plain.mkv\0\0\0", "plain.mkv"),
        ("Amélie.mkv".encode(), "Amélie.mkv"),
        ("Amélie.mkv".encode("latin-1"), "Amélie.mkv"),
        (b"dir/../film.mkv", "dir/../film.mkv"),
        (b"film.mkv\r\n\0", "film.mkv"),
    ],
)
def test_names_are_decoded(raw, name):
    assert [file.name for file in parse_par2(par2s.description(raw, b"x"))] == [name]


def test_a_name_in_unicode_is_preferred_wherever_it_stands():
    packets = [
        par2s.unicode_name(b"film.mkv", b"x", "映画.mkv"),
        par2s.description(b"film.mkv", b"x"),
        par2s.unicode_name(b"unknown", b"", "unknown"),
    ]
    for order in (packets, packets[::-1]):
        assert [file.name for file in parse_par2(b"".join(order))] == ["映画.mkv"]


@pytest.mark.parametrize(
    "packet",
    [
        par2s.packet(par2s.DESCRIPTION, b""),
        par2s.packet(par2s.DESCRIPTION, bytes(52)),
        par2s.packet(par2s.UNICODE_NAME, b""),
        par2s.packet(par2s.UNICODE_NAME, bytes(17)),
        par2s.described(b"", 1, bytes(16)),
        par2s.described(b"\0\n\0", 1, bytes(16)),
        par2s.described(b"a", 2**63, bytes(16)),
        par2s.described(b"a" * 65_540, 1, bytes(16)),
    ],
)
def test_a_description_that_makes_no_sense_is_passed_over(packet):
    assert parse_par2(packet) == ()


def test_descriptions_are_bounded(monkeypatch):
    monkeypatch.setattr(parse, "MAX_DESCRIPTIONS", 2)
    assert parse_par2(INDEX) == FILES[:2]


def test_damage_is_bounded(monkeypatch):
    monkeypatch.setattr(parse, "MAX_DAMAGED", 2)
    damaged = bytearray(par2s.description(b"x", b"x"))
    damaged[-1] ^= 1
    assert parse_par2(bytes(damaged) + INDEX) == FILES
    assert parse_par2(bytes(damaged) * 2 + INDEX) == ()


def test_hostile_repetition_takes_linear_time():
    head = par2s.description(b"a" * 60_000, b"")[:64]
    assert parse_par2(head * 100_000) == ()
    assert parse_par2(b"PAR2\0PKT" * 500_000) == ()


@given(st.binary(max_size=300) | st.binary(max_size=200).map(b"PAR2\0PKT".__add__))
def test_garbage_gives_no_files(data):
    assert parse_par2(data) == ()


@given(st.integers(0, len(INDEX)), st.integers(0, len(INDEX)), st.binary(max_size=20))
def test_damage_never_invents_a_file(start, stop, noise):
    assert set(parse_par2(INDEX[:start] + noise + INDEX[stop:])) <= set(FILES)
