from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.read import read_iso
from tests.support.archives import Driver
from tests.support.isos import SECTOR, iso9660, udf


def contents(*volumes):
    driver = Driver(volumes)
    archive = driver.run(read_iso(driver.volumes))
    return {entry.path: driver.content(entry) for entry in archive.entries if not entry.folder}


def fault_of(data):
    driver = Driver([data])
    with pytest.raises(ArchiveError) as error:
        driver.run(read_iso(driver.volumes))
    return error.value.fault


def both():
    """An image with different files in its UDF and its ISO 9660, to tell them apart."""
    plain = iso9660({b"OLD": b"old"})
    data = bytearray(udf({"new": b"new"}))
    data[16 * SECTOR : 16 * SECTOR + len(plain) - 16 * SECTOR] = plain[16 * SECTOR :]
    return data


def test_udf_is_preferred():
    assert contents(bytes(both())) == {"new": b"new"}


def test_iso_9660_is_fallen_back_upon():
    data = both()
    data[512 * SECTOR] ^= 1
    assert contents(bytes(data)) == {"OLD": b"old"}
    assert contents(iso9660({b"OLD": b"old"})) == {"OLD": b"old"}


def test_an_image_may_be_in_pieces():
    data = udf({"film": bytes(range(256)) * 40})
    assert contents(data[:700_000], data[700_000:1_060_000], data[1_060_000:]) == {
        "film": bytes(range(256)) * 40
    }


def test_the_failure_is_that_of_the_udf_if_it_has_one():
    data = bytearray(udf({"a": b"x"}))
    data[512 * SECTOR] ^= 1
    assert fault_of(bytes(data)) is ArchiveFault.DAMAGED
    assert fault_of(bytes(400 * SECTOR)) is ArchiveFault.NOT_AN_ARCHIVE
    assert fault_of(iso9660({b"A": b"x"})[: 20 * SECTOR]) is ArchiveFault.TRUNCATED


@given(st.binary(max_size=300))
def test_garbage_is_no_image(data):
    assert fault_of(data) is ArchiveFault.NOT_AN_ARCHIVE


@pytest.mark.skipif(
    shutil.which("genisoimage") is None and not os.environ.get("CI"),
    reason="genisoimage is not installed",
)
def test_an_image_with_both_of_a_real_program_is_read(tmp_path):
    (tmp_path / "in" / "VIDEO_TS").mkdir(parents=True)
    (tmp_path / "in" / "VIDEO_TS" / "a.txt").write_bytes(b"hello" * 999)
    command = ["genisoimage", "-quiet", "-udf", "-o", "x.iso", "in"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    data = (tmp_path / "x.iso").read_bytes()
    assert contents(data) == {"VIDEO_TS/a.txt": b"hello" * 999}
