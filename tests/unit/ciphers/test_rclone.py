from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.ciphers.rclone import (
    HEADER_BYTES,
    STORED_BLOCK_BYTES,
    RcloneError,
    decrypt_block,
    decrypt_name,
    derive_keys,
    keys_of,
    nonce_of,
    plain_size,
)
from tests.support.encrypted import rclone_file

NO_PASSWORD = keys_of(derive_keys(""))


def decrypted(stored, key):
    nonce, blocks = nonce_of(stored), stored[HEADER_BYTES:]
    return b"".join(
        decrypt_block(key, nonce, at // STORED_BLOCK_BYTES, blocks[at : at + STORED_BLOCK_BYTES])
        for at in range(0, len(blocks), STORED_BLOCK_BYTES)
    )


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_the_size_of_a_file_tells_that_of_its_contents(size):
    stored = rclone_file(bytes(size), bytes(32))
    assert plain_size(len(stored)) == size
    assert decrypted(stored, bytes(32)) == bytes(size)


@pytest.mark.parametrize("stored", [0, 31, 33, 48, HEADER_BYTES + STORED_BLOCK_BYTES + 16])
def test_a_size_that_no_file_has_is_refused(stored):
    with pytest.raises(RcloneError, match=str(stored)):
        plain_size(stored)


def test_what_was_changed_or_swapped_does_not_decrypt():
    stored = rclone_file(bytes(range(256)) * 600, bytes(32))
    nonce, block = nonce_of(stored), stored[HEADER_BYTES:][:STORED_BLOCK_BYTES]
    with pytest.raises(RcloneError):
        decrypt_block(bytes(32), nonce, 1, block)
    with pytest.raises(RcloneError):
        decrypt_block(bytes(31) + b"\1", nonce, 0, block)
    with pytest.raises(RcloneError):
        decrypt_block(bytes(32), nonce, 0, block[:-1] + bytes([block[-1] ^ 1]))
    with pytest.raises(RcloneError):
        decrypt_block(bytes(32), nonce, 0, b"")


def test_what_is_no_such_file_has_no_nonce():
    assert nonce_of(b"RCLONE\0\0" + bytes(23)) is None
    assert nonce_of(b"MATROSKA" + bytes(24)) is None
    assert nonce_of(memoryview(b"RCLONE\0\0" + bytes(range(24)) + b"rest")) == bytes(range(24))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("p0e52nreeaj0a5ea7s64m4j72s", "1"),
        ("l42g6771hnv3an9cgc8cr2n1ng", "12"),
        ("QGM4avr35m5loi1th53ato71v0", "123"),
    ],
)
def test_names_that_rclone_s_own_tests_know(name, plain):
    assert decrypt_name(NO_PASSWORD, name) == plain


@given(st.text(max_size=60))
def test_a_name_that_was_not_encrypted_so_is_refused(name):
    with pytest.raises(RcloneError):
        decrypt_name(keys_of(bytes(range(80))), name)


@pytest.mark.skipif(shutil.which("rclone") is None, reason="rclone is not installed")
@pytest.mark.parametrize("encoding", ["base32", "base64"])
def test_what_rclone_writes_is_read(tmp_path, encoding):
    plain = bytes(range(256)) * 700
    (tmp_path / "in").mkdir()
    name = "Ein längerer Name, der über 16 Byte hat.mkv"
    (tmp_path / "in" / name).write_bytes(plain)
    rclone = shutil.which("rclone")
    secrets = {}
    for key, text in (("password", "s3cret ☂"), ("password2", "salt")):
        ran = subprocess.run([rclone, "obscure", text], capture_output=True, check=True, text=True)
        secrets[key] = ran.stdout.strip()
    remote = f":crypt,remote={tmp_path / 'out'},password={secrets['password']}"
    remote += f",password2={secrets['password2']},filename_encoding={encoding}:"
    config = ["--config", "/dev/null"]
    subprocess.run([rclone, *config, "copy", tmp_path / "in", remote], check=True, timeout=60)
    [stored] = (tmp_path / "out").iterdir()

    keys = keys_of(derive_keys("s3cret ☂", "salt"))
    assert decrypt_name(keys, stored.name) == name
    assert decrypted(stored.read_bytes(), keys.data) == plain
