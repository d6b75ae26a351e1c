r"""rclone's crypt format (https://rclone.org/crypt/): file contents and names.

::

    0    "RCLONE\0\0"
    8    nonce, 24 bytes
    32   blocks of up to 65,536 plain bytes, each 16 bytes longer than that: XSalsa20-Poly1305
         (NaCl's secretbox) under the nonce plus the block's number, little-endian

Names are padded (PKCS#7), encrypted by AES-EME with a tweak, and written in base32hex or base64
(`filename_encoding`).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from nacl.bindings import crypto_secretbox_open
from nacl.exceptions import CryptoError

from altmount.errors import PermanentError

MAGIC = b"RCLONE\0\0"
NONCE_BYTES = 24
HEADER_BYTES = len(MAGIC) + NONCE_BYTES
BLOCK_BYTES = 64 * 1024
"""Plain bytes of each block but the last."""

OVERHEAD_BYTES = 16
STORED_BLOCK_BYTES = BLOCK_BYTES + OVERHEAD_BYTES

_DEFAULT_SALT = bytes.fromhex("a80df43a8fbd0308a7cab83e581f8662")
_AES_BLOCK = 16
_MAX_NAME_BLOCKS = 128  # EME is defined for no more


class RcloneError(PermanentError):
    """What rclone's crypt has encrypted does not decrypt: another password, or damage."""


@dataclass(frozen=True, slots=True)
class RcloneKeys:
    """The keys that a password and a salt make."""

    data: bytes
    """32 bytes."""

    name: bytes
    """32 bytes."""

    tweak: bytes
    """16 bytes."""


def derive_keys(password: str, salt: str = "") -> bytes:
    """80 bytes for :func:`keys_of`; some 30 ms of scrypt, without the GIL."""
    if not password:
        return bytes(80)
    return hashlib.scrypt(
        password.encode(), salt=salt.encode() or _DEFAULT_SALT, n=16384, r=8, p=1, dklen=80
    )


def keys_of(derived: bytes) -> RcloneKeys:
    """What :func:`derive_keys` made, taken apart."""
    return RcloneKeys(derived[:32], derived[32:64], derived[64:80])


def plain_size(stored: int) -> int:
    """How many plain bytes a file of ``stored`` bytes has.

    Raises:
        RcloneError: No file has that size.
    """
    blocks, rest = divmod(stored - HEADER_BYTES, STORED_BLOCK_BYTES)
    if stored < HEADER_BYTES or 0 < rest <= OVERHEAD_BYTES:
        raise RcloneError(f"no file of rclone's crypt has {stored} bytes")
    return blocks * BLOCK_BYTES + max(0, rest - OVERHEAD_BYTES)


def nonce_of(head: bytes | memoryview) -> bytes | None:
    """The nonce in the first bytes of a file; ``None`` if it is not of this format."""
    start = bytes(head[:HEADER_BYTES])
    if len(start) < HEADER_BYTES or not start.startswith(MAGIC):
        return None
    return start[len(MAGIC) :]


def decrypt_block(key: bytes, nonce: bytes, number: int, stored: bytes) -> bytes:
    """The plain bytes of block ``number``, from 0.

    Raises:
        RcloneError: It was encrypted with another key, or is damaged.
    """
    counted = (int.from_bytes(nonce, "little") + number) % (1 << 8 * NONCE_BYTES)
    try:
        return crypto_secretbox_open(stored, counted.to_bytes(NONCE_BYTES, "little"), key)
    except (CryptoError, ValueError):
        raise RcloneError(
            f"block {number} does not decrypt: the password is another, or it is damaged"
        ) from None


def decrypt_name(keys: RcloneKeys, name: str) -> str:
    """A file's name as it was, one part of a path.

    Raises:
        RcloneError: It was not encrypted with these keys.
    """
    for decode in (_from_base32, _from_base64):
        try:
            return _decrypted(keys, decode(name))
        except ValueError:  # of base64 and of text, too
            continue
    raise RcloneError(f"{name[:80]!r} is no name that was encrypted so")


def _from_base32(name: str) -> bytes:
    return base64.b32hexdecode(name.upper() + "=" * (-len(name) % 8))


def _from_base64(name: str) -> bytes:
    return base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True)


def _decrypted(keys: RcloneKeys, stored: bytes) -> str:
    size = len(stored)
    if size % _AES_BLOCK or not 0 < size <= _MAX_NAME_BLOCKS * _AES_BLOCK:
        raise ValueError(size)
    padded = _eme_decrypt(keys.name, keys.tweak, stored)
    padding = padded[-1]
    if not 0 < padding <= _AES_BLOCK or padded[-padding:] != bytes([padding]) * padding:
        raise ValueError(padding)
    return padded[:-padding].decode()


def _eme_decrypt(key: bytes, tweak: bytes, data: bytes) -> bytes:
    """ECB-mix-ECB (Halevi, Rogaway: "A Parallelizable Enciphering Mode", 2003), backwards."""
    cipher = Cipher(AES(key), ECB())  # noqa: S305 -- EME is made of it
    encrypt, decrypt = cipher.encryptor().update, cipher.decryptor().update
    masks = [_doubled(encrypt(bytes(_AES_BLOCK)))]
    blocks = [data[at : at + _AES_BLOCK] for at in range(0, len(data), _AES_BLOCK)]
    while len(masks) < len(blocks):
        masks.append(_doubled(masks[-1]))
    inner = [decrypt(_xor(*pair)) for pair in zip(blocks, masks, strict=True)]
    mixed = _xor(inner[0], tweak)
    for block in inner[1:]:
        mixed = _xor(mixed, block)
    middle = decrypt(mixed)
    mask = _xor(mixed, middle)
    rest = []
    for block in inner[1:]:
        mask = _doubled(mask)
        rest.append(_xor(block, mask))
    first = _xor(middle, tweak)
    for block in rest:
        first = _xor(first, block)
    outer = [_xor(decrypt(block), own) for block, own in zip([first, *rest], masks, strict=True)]
    return b"".join(outer)


def _doubled(block: bytes) -> bytes:
    """Times x in GF(2^128), in the little-endian order of EME."""
    number = int.from_bytes(block, "little") << 1
    if number >> 128:
        number = (number & ((1 << 128) - 1)) ^ 0x87
    return number.to_bytes(_AES_BLOCK, "little")


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") ^ int.from_bytes(other, "little")).to_bytes(
        _AES_BLOCK, "little"
    )
