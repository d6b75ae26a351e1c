from __future__ import annotations

import pickle

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.sevenzip.keys import MAX_LOG_ROUNDS, KeyRing, Lock, derive, read_lock
from tests.support.archives import Driver
from tests.support.sevenzips import key_of

IV = bytes(16)


def fault_of(parser):
    with pytest.raises(ArchiveError) as error:
        Driver([]).run(parser)
    return error.value.fault


@pytest.mark.parametrize("log_rounds", [0, 1, 5, 11, 12, 13, 17, 0x3F])
@pytest.mark.parametrize("salt", [b"", b"12345678"])
def test_a_key_is_made_as_7_zip_makes_it(log_rounds, salt):
    assert derive("Geheim 秘密", salt, log_rounds) == key_of("Geheim 秘密", salt, log_rounds)


def test_passwords_that_7_zip_never_took_give_some_key():
    assert len(derive("\ud800" + "x" * 5000, b"", 3)) == 32


@pytest.mark.parametrize(
    ("properties", "lock"),
    [
        (b"\x13", Lock(0x13, b"", bytes(16))),
        (b"\x53\x07iviviviv", Lock(0x13, b"", b"iviviviv" + bytes(8))),
        (b"\xd3\x0fsiviviviviviviviv", Lock(0x13, b"s", b"iv" * 8)),
        (b"\x93\x70saltsalt", Lock(0x13, b"saltsalt", bytes(16))),
    ],
)
def test_the_properties_of_the_coder_are_read(properties, lock):
    assert read_lock(properties) == lock


@pytest.mark.parametrize("properties", [b"", b"\x53", b"\x53\x07ivi", b"\xd3\x70salt"])
def test_properties_that_are_cut_off_are_damage(properties):
    with pytest.raises(ArchiveError) as error:
        read_lock(properties)
    assert error.value.fault is ArchiveFault.DAMAGED


def test_keys_are_made_elsewhere_and_once():
    ring, driver = KeyRing("x"), Driver([])
    request = next(ring.key(Lock(5, b"", IV)))
    assert pickle.loads(pickle.dumps(request.work))() == derive("x", b"", 5)
    for iv in (IV, b"other iv, but the same key"):
        assert driver.run(ring.key(Lock(5, b"", iv))) == derive("x", b"", 5)
    assert driver.derived == 1


@pytest.mark.parametrize("password", [None, ""])
def test_without_a_password_it_is_encrypted(password):
    assert fault_of(KeyRing(password).key(Lock(5, b"", IV))) is ArchiveFault.ENCRYPTED


def test_too_many_rounds_are_not_made():
    asking = KeyRing("x").key(Lock(MAX_LOG_ROUNDS + 1, b"", IV))
    with pytest.raises(ArchiveError) as error:
        next(asking)
    assert error.value.fault is ArchiveFault.UNSUPPORTED


def test_all_keys_of_an_archive_together_are_bounded(monkeypatch):
    monkeypatch.setattr("altmount.archives.sevenzip.keys.ROUNDS_ALLOWED", 20)
    ring = KeyRing("x")
    for salt in (b"a", b"b", b"a"):
        Driver([]).run(ring.key(Lock(3, salt, IV)))
    assert fault_of(ring.key(Lock(3, b"c", IV))) is ArchiveFault.TOO_LARGE
    Driver([]).run(ring.key(Lock(0x3F, b"c", IV)))
