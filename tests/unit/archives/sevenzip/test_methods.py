from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.sevenzip.methods import AES, COPY, LZMA, LZMA2, stored
from altmount.archives.sevenzip.streams import Coder, Folder


def folder(*methods, streams=1, simple=True):
    return Folder(tuple(Coder(method, b"", simple) for method in methods), streams, 0)


def test_bytes_that_are_copied_and_encrypted_are_stored():
    assert stored(folder(COPY)) is None
    for methods in ((AES,), (COPY, AES), (AES, COPY), (COPY, AES, COPY)):
        assert stored(folder(*methods)).method == AES


@pytest.mark.parametrize(
    ("given", "fault", "detail"),
    [
        (folder(LZMA), ArchiveFault.COMPRESSED, "LZMA"),
        (folder(AES, LZMA2), ArchiveFault.COMPRESSED, "LZMA2"),
        (folder(b"\x03\x03\x01\x03", LZMA), ArchiveFault.COMPRESSED, "LZMA"),
        (folder(b"\x04\x01\x08"), ArchiveFault.COMPRESSED, "Deflate"),
        (folder(b"\x03\x03\x01\x03"), ArchiveFault.UNSUPPORTED, "03 03 01 03"),
        (folder(COPY, simple=False), ArchiveFault.UNSUPPORTED, "00"),
        (folder(AES, AES), ArchiveFault.UNSUPPORTED, "more than once"),
        (folder(COPY, streams=2), ArchiveFault.UNSUPPORTED, "several streams"),
    ],
)
def test_anything_else_is_named(given, fault, detail):
    with pytest.raises(ArchiveError, match=detail) as error:
        stored(given)
    assert error.value.fault is fault
