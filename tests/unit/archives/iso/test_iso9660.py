from __future__ import annotations

import os
import random
import shutil
import subprocess
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.iso9660 import read_iso9660
from altmount.archives.joined import Joined
from tests.support.archives import Driver, mutations
from tests.support.isos import SECTOR, iso9660


def read(data):
    driver = Driver([data])
    return driver, driver.run(read_iso9660(Joined(driver.volumes))).entries


def contents(data):
    driver, entries = read(data)
    return {entry.path: driver.content(entry) for entry in entries if not entry.folder}


def fault_of(data):
    with pytest.raises(ArchiveError) as error:
        read(data)
    return error.value.fault


FILM = random.Random(1).randbytes(20_000)


def test_a_file_may_have_several_records():
    data = iso9660({b"FILM.MKV;1": FILM, b"NFO.;1": b"hello"}, part=4096)
    assert contents(data) == {"FILM.MKV": FILM, "NFO": b"hello"}
    film, _ = read(data)[1]
    assert len(film.extents) == 1  # they touch
    assert film.size == len(FILM)


def test_other_volumes_are_refused():
    assert fault_of(b"") is ArchiveFault.NOT_AN_ARCHIVE
    assert fault_of(bytes(40 * SECTOR)) is ArchiveFault.NOT_AN_ARCHIVE
    assert fault_of(iso9660({b"A": b"x"}, block=512)) is ArchiveFault.UNSUPPORTED


def test_an_image_that_is_cut_off_has_what_is_there():
    _, entries = read(iso9660({b"A": b"x" * 3000, b"B": FILM})[:-8192])
    assert [entry.obstacle for entry in entries] == [None, ArchiveFault.TRUNCATED]


def test_a_folder_that_lies_in_itself_is_read_once():
    data = bytearray(iso9660({b"LOOP": b"x"}))
    at = data.index(b"\x04LOOP", 20 * SECTOR) - 32
    data[at + 2 : at + 6] = (20).to_bytes(4, "little")
    data[at + 10 : at + 14] = SECTOR.to_bytes(4, "little")
    data[at + 25] = 2
    driver, entries = read(bytes(data))
    assert [entry.path for entry in entries] == ["LOOP"]
    assert driver.requests < 10


def test_interleaved_files_are_known_but_not_readable():
    data = bytearray(iso9660({b"A": b"x"}))
    data[data.index(b"\x01A", 20 * SECTOR) - 6] = 1
    [entry] = read(bytes(data))[1]
    assert entry.obstacle is ArchiveFault.UNSUPPORTED


@cache
def _built():
    return iso9660({b"A.MKV;1": FILM[:5000], b"B.;1": b"x", b"C": b""}, part=2048)


@settings(max_examples=150)
@given(st.sampled_from((16, 17, 20)), st.data())
def test_damage_gives_an_error_of_its_kind_or_entries_that_lie_in_the_image(sector, data):
    built = _built()
    at = sector * SECTOR
    [damaged] = data.draw(mutations([built[at : at + 400]]))
    image = built[:at] + damaged[:SECTOR].ljust(SECTOR, b"\0") + built[at + SECTOR :]
    driver = Driver([image])
    try:
        entries = driver.run(read_iso9660(Joined(driver.volumes))).entries
    except ArchiveError:
        return
    for entry in entries:
        if not entry.obstacle:
            assert len(driver.content(entry)) == entry.size


CONTENTS = {
    "film.mkv": FILM,
    "A Folder/Ünïcode 映画 with a long name that goes on for quite a while.txt": b"hi",
    "1/2/3/4/5/6/7/8/9/deep.txt": b"deep",
    "empty": b"",
}


def _spread(folder):
    for name, content in CONTENTS.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "in" / "link").symlink_to("film.mkv")


def _installed(program):
    return shutil.which(program) is not None or os.environ.get("CI")


@pytest.mark.parametrize(
    "options",
    [("-R",), ("-R", "-J", "-joliet-long"), ("-J", "-joliet-long", "-D")],
)
@pytest.mark.parametrize("program", [("genisoimage",), ("xorriso", "-as", "mkisofs")])
def test_images_of_real_programs_are_read(tmp_path, program, options):
    if not _installed(program[0]):
        pytest.skip(f"{program[0]} is not installed")
    _spread(tmp_path)
    command = [*program, "-quiet", "-o", "x.iso", "-input-charset", "utf-8", *options, "in"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    found = contents((tmp_path / "x.iso").read_bytes())
    if "-R" in options:
        assert found == CONTENTS
    else:
        named = {path: content for path, content in found.items() if path != "link"}
        assert sorted(named.values()) == sorted(CONTENTS.values())
        assert {"film.mkv", "1/2/3/4/5/6/7/8/9/deep.txt"} <= named.keys()
        assert any("Ünïcode 映画 with a long name" in path for path in named)


def test_plain_names_have_no_version(tmp_path):
    if not _installed("genisoimage"):
        pytest.skip("genisoimage is not installed")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "film.mkv").write_bytes(FILM)
    command = ["genisoimage", "-quiet", "-o", "x.iso", "in"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert contents((tmp_path / "x.iso").read_bytes()) == {"FILM.MKV": FILM}


def test_a_volume_says_what_it_is_called():
    driver = Driver([iso9660({b"A": b"x"})])
    assert driver.run(read_iso9660(Joined(driver.volumes))).label == "DISC"
