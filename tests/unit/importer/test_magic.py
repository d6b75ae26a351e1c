from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.magic import extension_of
from tests.support.nzbs import nzb_of, text_of


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x23\x42\x82\x88matroska", "mkv"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "webm"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "mp4"),
        (b"\x00\x00\x00\x20ftypM4A ", "m4a"),
        (b"\x00\x00\x00\x14ftypqt  ", "mov"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "avi"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "wav"),
        (b"RIFF\x00\x00\x00\x00????", ""),
        ((b"G" + bytes(187)) * 5, "ts"),
        ((bytes(4) + b"G" + bytes(187)) * 5, "m2ts"),
        (b"G" + bytes(400), ""),
        (b"GGG", ""),
        (b"\x00\x00\x01\xba\x44", "mpg"),
        (b"Rar!\x1a\x07\x00", "rar"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"PK\x03\x04", "zip"),
        (b"%PDF-1.7", "pdf"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"\xff\xfb\xff\x00", ""),
        (b"fLaC", "flac"),
        (b"PAR2\0PKT", "par2"),
        (text_of(nzb_of()), "nzb"),
        (b"<nzb>", "nzb"),
        (b"<?xml version='1.0'?><other/>", ""),
        (bytes(32_769) + b"CD001", "iso"),
        (bytes(40_000), ""),
        (b"plain text", ""),
        (b"", ""),
    ],
)
def test_first_bytes_tell_the_extension(head, extension):
    assert extension_of(head) == extension
    assert extension_of(memoryview(head)) == extension


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(head):
    extension_of(head)


def test_random_bytes_rarely_tell_anything():
    chance = random.Random(1)
    assert sum(bool(extension_of(chance.randbytes(1024))) for _ in range(2000)) < 5
