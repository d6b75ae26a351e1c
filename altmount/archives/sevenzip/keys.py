"""Keys out of passwords, as 7-Zip makes them.

The properties of its AES coder say with how many rounds, which salt and which IV::

    1   rounds as a power of two in six bits; 0x80: there is a salt, 0x40: there is an IV
    1   how many bytes more each of these has, four bits each
    ... salt, IV

A round hashes the salt, the password in UTF-16 and a counter of eight bytes.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.parser import Derive, Parser
from altmount.archives.sevenzip.fields import Fields
from altmount.ciphers.aes import BLOCK

MAX_LOG_ROUNDS = 24
"""The most rounds that are made for a key, as a power of two; 7-Zip makes 2**19."""

ROUNDS_ALLOWED = 2**25
"""How many rounds an archive may cost in all."""

_NO_HASHING = 0x3F
_HAS_SALT, _HAS_IV = 0x80, 0x40
_KEY_BYTES = 32
_COUNTER_BYTES = 8
_AT_ONCE = 2**12  # so many rounds are hashed in one go, which lets go of the GIL
_MAX_PASSWORD = 512


class Lock(NamedTuple):
    """What the properties of an AES coder say."""

    log_rounds: int
    salt: bytes
    iv: bytes


def read_lock(properties: bytes) -> Lock:
    """Read the properties of an AES coder.

    Raises:
        ArchiveError: DAMAGED, if they cannot be.
    """
    fields = Fields(properties)
    first = fields.byte()
    if not first & (_HAS_SALT | _HAS_IV):
        return Lock(first & _NO_HASHING, b"", bytes(BLOCK))
    sizes = fields.byte()
    salt = fields.fixed(bool(first & _HAS_SALT) + (sizes >> 4))
    iv = fields.fixed(bool(first & _HAS_IV) + (sizes & 0x0F))
    return Lock(first & _NO_HASHING, salt, iv.ljust(BLOCK, b"\0")[:BLOCK])


def derive(password: str, salt: bytes, log_rounds: int) -> bytes:
    """The key of 32 bytes."""
    secret = salt + password[:_MAX_PASSWORD].encode("utf-16-le", "replace")
    if log_rounds == _NO_HASHING:
        return secret[:_KEY_BYTES].ljust(_KEY_BYTES, b"\0")
    rounds = 2**log_rounds
    at_once = min(rounds, _AT_ONCE)
    size = len(secret) + _COUNTER_BYTES
    block = bytearray((secret + bytes(_COUNTER_BYTES)) * at_once)
    # Of the counters, which never need more than three bytes, only two change within a block.
    lowest, middle, highest = (slice(len(secret) + index, None, size) for index in range(3))
    block[lowest] = bytes(counter & 0xFF for counter in range(at_once))
    digest = hashlib.sha256()
    for first in range(0, rounds, at_once):
        runs = (bytes((counter >> 8 & 0xFF,)) for counter in range(first, first + at_once, 256))
        block[middle] = b"".join(one * min(256, at_once) for one in runs)
        block[highest] = bytes((first >> 16,)) * at_once
        digest.update(block)
    return digest.digest()


class KeyRing:
    """The keys of an archive: each is made once, and all together within bounds."""

    def __init__(self, password: str | None) -> None:
        self._password = password
        self._rounds = ROUNDS_ALLOWED
        self._made: dict[tuple[int, bytes], bytes] = {}

    def key(self, lock: Lock) -> Parser[bytes]:
        """The key for a lock.

        Raises:
            ArchiveError: ENCRYPTED without a password, UNSUPPORTED or TOO_LARGE if it takes
                too many rounds.
        """
        if not self._password:
            raise ArchiveError(ArchiveFault.ENCRYPTED, "it needs a password")
        if MAX_LOG_ROUNDS < lock.log_rounds != _NO_HASHING:
            raise ArchiveError(
                ArchiveFault.UNSUPPORTED, f"its password takes 2^{lock.log_rounds} rounds"
            )
        made = lock.log_rounds, lock.salt
        if made not in self._made:
            rounds = 1 if lock.log_rounds == _NO_HASHING else 2**lock.log_rounds
            if rounds > self._rounds:
                raise ArchiveError(ArchiveFault.TOO_LARGE, "its passwords take too much work")
            self._rounds -= rounds
            self._made[made] = yield Derive(
                partial(derive, self._password, lock.salt, lock.log_rounds)
            )
        return self._made[made]
