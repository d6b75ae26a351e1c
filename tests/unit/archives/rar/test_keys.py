from __future__ import annotations

import hashlib
import pickle

import pytest
import rarfile

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.parser import Derive
from altmount.archives.rar import keys
from altmount.archives.rar.keys import KeyRing, Salt5, derive4, derive5, sound_check
from tests.support.archives import Driver

SALT = bytes(range(16))
DRIVER = Driver([])


def fault_of(parser):
    with pytest.raises(ArchiveError) as error:
        DRIVER.run(parser)
    return error.value.fault


@pytest.mark.parametrize("password", ["x", "geheim", "Ünïcode 秘密", "long" * 40])
def test_a_key_of_rar5_is_pbkdf2_and_the_check_its_folded_sequel(password):
    made = derive5(password, SALT, 5)
    secret = password[:127].encode()
    assert made[:32] == hashlib.pbkdf2_hmac("sha256", secret, SALT, 32)
    later = hashlib.pbkdf2_hmac("sha256", secret, SALT, 64)
    assert made[32:] == bytes(
        later[i] ^ later[i + 8] ^ later[i + 16] ^ later[i + 24] for i in range(8)
    )


@pytest.mark.parametrize("password", ["秘密", "more than 28 characters, which is special"])
def test_a_key_of_rar4_is_as_rarfile_makes_it(password):
    key, iv = rarfile.rar3_s2k(password, SALT[:8])
    assert derive4(password, SALT[:8]) == key + iv


def test_passwords_that_no_rar_took_give_some_key():
    assert len(derive4("\ud800x" + "y" * 200, SALT[:8])) == 32
    assert len(derive5("\ud800x" + "y" * 200, SALT, 1)) == 40


def test_a_check_counts_only_with_its_checksum():
    value = b"12345678"
    right = value + hashlib.sha256(value).digest()[:4]
    assert sound_check(right) == value
    assert sound_check(right[:-1] + b"?") is None


def test_keys_are_made_elsewhere_and_once():
    ring = KeyRing("geheim")
    asking = ring.rar5(Salt5(3, SALT, None))
    request = next(asking)
    assert isinstance(request, Derive)
    pickle.dumps(request.work)
    with pytest.raises(StopIteration) as end:
        asking.send(request.work())
    assert end.value.value == derive5("geheim", SALT, 3)[:32]
    driver = Driver([])
    assert driver.run(ring.rar5(Salt5(3, SALT, None))) == end.value.value
    assert driver.derived == 0


def test_a_wrong_password_is_told_by_the_check():
    check = derive5("geheim", SALT, 3)[32:]
    assert DRIVER.run(KeyRing("geheim").rar5(Salt5(3, SALT, check)))
    assert fault_of(KeyRing("Geheim").rar5(Salt5(3, SALT, check))) is ArchiveFault.WRONG_PASSWORD


@pytest.mark.parametrize("password", [None, ""])
def test_without_a_password_it_is_encrypted(password):
    assert fault_of(KeyRing(password).rar5(Salt5(3, SALT, None))) is ArchiveFault.ENCRYPTED
    assert fault_of(KeyRing(password).rar4(SALT[:8])) is ArchiveFault.ENCRYPTED


def test_more_rounds_than_rar_knows_are_not_made():
    asking = KeyRing("x").rar5(Salt5(25, SALT, None))
    with pytest.raises(ArchiveError) as error:
        next(asking)
    assert error.value.fault is ArchiveFault.UNSUPPORTED


def test_all_keys_of_a_set_together_are_bounded():
    ring = KeyRing("x", rounds=3 * 16)
    for salt in (b"a" * 16, b"b" * 16, b"c" * 16, b"a" * 16):
        DRIVER.run(ring.rar5(Salt5(3, salt, None)))
    assert fault_of(ring.rar5(Salt5(3, b"d" * 16, None))) is ArchiveFault.TOO_LARGE
    ring = KeyRing("x", rounds=keys.ROUNDS_OF_RAR4)
    DRIVER.run(ring.rar4(SALT[:8]))
    assert fault_of(ring.rar4(SALT[8:])) is ArchiveFault.TOO_LARGE
