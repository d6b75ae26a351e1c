from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Extent
from altmount.archives.rar.entries import Entries
from altmount.archives.rar.headers import Kind, Lock5, Piece
from altmount.archives.rar.keys import KeyRing, Salt5, derive5
from altmount.archives.rar.spread import Trail
from altmount.spans import Span
from tests.support.archives import Driver

RUN = Span(10, 26)
WHOLE = Trail((Extent(0, 10, 16),), 0, ended=True)
SALT = Salt5(1, bytes(16), derive5("x", bytes(16), 1)[32:])


def piece(size=16, **more):
    return Piece("a", more.pop("kind", Kind.FILE), RUN, size, **more)


def added(given, trail=WHOLE, password="x"):
    entries = Entries(KeyRing(password))
    Driver([]).run(entries.add(given, trail))
    [entry] = entries.found()
    return entry


def test_a_stored_file_has_its_extents():
    entry = added(piece())
    assert (entry.path, entry.size, entry.extents) == ("a", 16, WHOLE.extents)
    assert entry.obstacle is entry.cipher is None


def test_a_file_of_unknown_size_is_as_large_as_its_pieces():
    assert added(piece(None)).size == 16


def test_an_encrypted_file_has_its_key():
    entry = added(piece(15, lock=Lock5(SALT, b"i" * 16)))
    assert entry.size == 15
    assert entry.cipher.key == derive5("x", bytes(16), 1)[:32]
    assert entry.cipher.iv == b"i" * 16
    assert entry.cipher.checked
    unproven = SALT._replace(check=None)
    assert not added(piece(15, lock=Lock5(unproven, b"i" * 16))).cipher.checked


@pytest.mark.parametrize(
    ("given", "trail", "password", "fault"),
    [
        (piece(method="method 3"), WHOLE, None, ArchiveFault.COMPRESSED),
        (piece(unknown="a new cipher"), WHOLE, None, ArchiveFault.UNSUPPORTED),
        (piece(continues=True), WHOLE, None, ArchiveFault.VOLUMES_MISSING),
        (piece(), Trail(WHOLE.extents, 1, ended=False), None, ArchiveFault.VOLUMES_MISSING),
        (piece(17), WHOLE, None, ArchiveFault.TRUNCATED),
        (piece(15), WHOLE, None, ArchiveFault.UNSUPPORTED),
        (piece(None, lock=Lock5(SALT, bytes(16))), WHOLE, "x", ArchiveFault.UNSUPPORTED),
        (piece(lock=Lock5(SALT, bytes(16))), WHOLE, None, ArchiveFault.ENCRYPTED),
        (piece(lock=Lock5(SALT, bytes(16))), WHOLE, "y", ArchiveFault.WRONG_PASSWORD),
        (piece(lock=Lock5(SALT._replace(log_rounds=30), bytes(16))), WHOLE, "x", "unsupported"),
    ],
)
def test_what_stands_in_the_way_is_said(given, trail, password, fault):
    entry = added(given, trail, password)
    assert entry.obstacle == fault
    assert entry.detail
    assert entry.extents == ()
    assert entry.cipher is None


def test_an_empty_file_needs_no_key():
    entry = added(
        Piece("a", Kind.FILE, Span(9, 9), 0, lock=Lock5(SALT, bytes(16))),
        Trail((), 0, ended=True),
        None,
    )
    assert (entry.obstacle, entry.extents, entry.cipher) == (None, (), None)


def test_folders_are_folders_and_links_are_left_out():
    assert added(piece(0, kind=Kind.FOLDER)).folder
    entries = Entries(KeyRing(None))
    Driver([]).run(entries.add(piece(0, kind=Kind.LINK), WHOLE))
    assert entries.found() == ()


def test_a_copy_shares_the_bytes_of_what_came_before():
    entries = Entries(KeyRing(None))
    driver = Driver([])
    driver.run(entries.add(piece(), WHOLE))
    driver.run(entries.add(Piece("b", Kind.COPY, Span(0, 0), 16, target="a"), WHOLE))
    driver.run(entries.add(Piece("c", Kind.COPY, Span(0, 0), 16, target="?"), WHOLE))
    original, copy, lost = entries.found()
    assert (copy.path, copy.extents) == ("b", original.extents)
    assert lost.obstacle is ArchiveFault.UNSUPPORTED


def test_the_number_of_entries_is_bounded(monkeypatch):
    monkeypatch.setattr("altmount.archives.rar.entries.MAX_ENTRIES", 2)
    entries = Entries(KeyRing(None))
    driver = Driver([])
    driver.run(entries.add(piece(), WHOLE))
    driver.run(entries.add(piece(), WHOLE))
    with pytest.raises(ArchiveError) as error:
        driver.run(entries.add(piece(), WHOLE))
    assert error.value.fault is ArchiveFault.TOO_LARGE


def test_more_keys_than_are_allowed_end_it_all():
    with pytest.raises(ArchiveError) as error:
        Driver([]).run(Entries(KeyRing("x", 1)).add(piece(lock=Lock5(SALT, bytes(16))), WHOLE))
    assert error.value.fault is ArchiveFault.TOO_LARGE
