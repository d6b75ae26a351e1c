from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.packed import MOST_NZBS, Found, nzbs_in

NZB = b"<nzb/>"


def packed(members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize("data", [NZB, gzip.compress(NZB), b"<html>", b"", b"PK"])
def test_what_is_not_packed_is_the_nzb(data):
    assert nzbs_in("A.nzb", data, 1000) == [Found("A.nzb", data)]


def test_bzip2_is_unpacked():
    assert nzbs_in("A.nzb.bz2", bz2.compress(NZB), 1000) == [Found("A.nzb.bz2", NZB)]


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2], ids=str
)
def test_a_zip_gives_all_nzbs_that_are_in_it_and_nothing_else(method):
    members = {"A.nzb": NZB, "b/B.NZB": b"b", "c.nzb.gz": gzip.compress(NZB), "readme.txt": b"x"}
    members["d.nzb.bz2"] = bz2.compress(b"d")
    found = nzbs_in("all.zip", packed(members, method), 1000)
    assert [(one.name, one.data) for one in found] == [
        ("A.nzb", NZB),
        ("b/B.NZB", b"b"),
        ("c.nzb.gz", members["c.nzb.gz"]),
        ("d.nzb.bz2", b"d"),
    ]


def fault_of(data, limit=1000):
    with pytest.raises(NzbError) as caught:
        nzbs_in("x", data, limit)
    return caught.value.code


def test_a_zip_without_an_nzb_says_so():
    assert fault_of(packed({"readme.txt": b"x"})) is NzbFault.EMPTY


def test_what_is_damaged_says_so():
    data = packed({"A.nzb": NZB * 100})
    assert fault_of(data[:50]) is NzbFault.MALFORMED
    assert fault_of(data[:40] + b"\xff" * 5 + data[45:]) is NzbFault.MALFORMED
    assert fault_of(b"BZh9" + b"x" * 50) is NzbFault.MALFORMED


def test_what_is_encrypted_or_could_take_memory_is_refused():
    data = bytearray(packed({"A.nzb": NZB}))
    at = data.index(b"PK\x01\x02") + 8
    data[at] |= 1
    assert fault_of(bytes(data)) is NzbFault.MALFORMED
    assert fault_of(packed({"A.nzb": NZB}, zipfile.ZIP_LZMA)) is NzbFault.MALFORMED


def test_a_bomb_is_unpacked_no_further_than_its_bound():
    assert fault_of(packed({"A.nzb": bytes(50_000_000)})) is NzbFault.TOO_LARGE
    assert fault_of(packed({f"{i}.nzb": bytes(400) for i in range(3)})) is NzbFault.TOO_LARGE
    assert fault_of(bz2.compress(bytes(50_000_000))) is NzbFault.TOO_LARGE
    assert fault_of(packed({"A.nzb.bz2": bz2.compress(bytes(50_000_000))})) is NzbFault.TOO_LARGE
    many = {f"{i}.nzb": NZB for i in range(MOST_NZBS + 1)}
    assert fault_of(packed(many), 10**6) is NzbFault.TOO_LARGE


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"BZh9"]))
def test_nothing_breaks_it(data, magic):
    with suppress(NzbError):
        assert nzbs_in("x", magic + data, 1000)
