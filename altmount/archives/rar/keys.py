"""Keys out of passwords, as RAR makes them.

RAR5 is PBKDF2 with HMAC-SHA256 and 2**n rounds; 32 rounds more give eight bytes to check the
password by. RAR4 hashes the password, the salt and a counter 2**18 times with SHA-1, and makes
the key and the first block's IV of that; it has nothing to check a password by.
"""

from __future__ import annotations

import hashlib
from functools import partial
from operator import xor
from typing import NamedTuple

import sabctools

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.parser import Derive, Parser

MAX_LOG_ROUNDS = 24
"""The most rounds that RAR5 knows, as a power of two."""

MAX_PASSWORD = 127
"""How many characters of a password RAR uses."""

ROUNDS_ALLOWED = 2**26
"""How many rounds of PBKDF2 a set may cost in all, in keys for its headers and its entries."""

ROUNDS_OF_RAR4 = 2**16
"""How many rounds of PBKDF2 cost what a key of RAR4 costs."""

CHECK_BYTES = 8
_KEY_BYTES = 32
_SUM_BYTES = 4
_MORE_ROUNDS = 32


class Salt5(NamedTuple):
    """What RAR5 makes a key with, besides the password."""

    log_rounds: int
    salt: bytes
    check: bytes | None
    """What the password must give; ``None`` where that is not said."""


def derive5(password: str, salt: bytes, log_rounds: int) -> bytes:
    """The key of 32 bytes, then the eight to check the password by."""
    secret = password[:MAX_PASSWORD].encode("utf-8", "replace")
    key, check = (
        hashlib.pbkdf2_hmac("sha256", secret, salt, 2**log_rounds + more, _KEY_BYTES)
        for more in (0, _MORE_ROUNDS)
    )
    folded = bytes(CHECK_BYTES)
    for start in range(0, _KEY_BYTES, CHECK_BYTES):
        folded = bytes(map(xor, folded, check[start : start + CHECK_BYTES]))
    return key + folded


def derive4(password: str, salt: bytes) -> bytes:
    """The key of 16 bytes, then the IV of 16 bytes."""
    # What UTF-16 cannot hold is no part of any password that RAR took.
    known = password.encode("utf-16-le", "replace").decode("utf-16-le")
    key, iv = sabctools.rarfile_rar3_s2k(known, salt)  # type: ignore[no-untyped-call]
    return bytes(key + iv)


def sound_check(check: bytes) -> bytes | None:
    """The eight bytes of a check, if the four after them say that they are right.

    A damaged one must not turn a right password away.
    """
    value, total = check[:CHECK_BYTES], check[CHECK_BYTES:]
    return value if hashlib.sha256(value).digest()[:_SUM_BYTES] == total else None


class KeyRing:
    """The keys of a set: each is made once, and all together within bounds."""

    def __init__(self, password: str | None, rounds: int = ROUNDS_ALLOWED) -> None:
        self._password = password
        self._rounds = rounds
        self._made: dict[tuple[int, bytes], bytes] = {}

    def rar5(self, salt: Salt5) -> Parser[bytes]:
        """The key for a header or an entry of RAR5.

        Raises:
            ArchiveError: ENCRYPTED without a password, WRONG_PASSWORD if the check says so,
                TOO_LARGE if it takes too many rounds.
        """
        if salt.log_rounds > MAX_LOG_ROUNDS:
            raise ArchiveError(
                ArchiveFault.UNSUPPORTED,
                f"its password takes 2^{salt.log_rounds} rounds, and RAR knows 2^{MAX_LOG_ROUNDS}",
            )
        work = partial(derive5, self._known_password(), salt.salt, salt.log_rounds)
        made = yield from self._make((salt.log_rounds, salt.salt), 2 * 2**salt.log_rounds, work)
        if salt.check is not None and made[_KEY_BYTES:] != salt.check:
            raise wrong_password()
        return made[:_KEY_BYTES]

    def rar4(self, salt: bytes) -> Parser[tuple[bytes, bytes]]:
        """The key and the IV for a header or an entry of RAR4.

        Raises:
            ArchiveError: ENCRYPTED without a password, TOO_LARGE if there are too many.
        """
        work = partial(derive4, self._known_password(), salt)
        made = yield from self._make((-1, salt), ROUNDS_OF_RAR4, work)
        return made[:16], made[16:]

    def _known_password(self) -> str:
        if not self._password:
            raise ArchiveError(ArchiveFault.ENCRYPTED, "it needs a password")
        return self._password

    def _make(self, salt: tuple[int, bytes], rounds: int, work: partial[bytes]) -> Parser[bytes]:
        if salt not in self._made:
            if rounds > self._rounds:
                raise ArchiveError(ArchiveFault.TOO_LARGE, "its passwords take too much work")
            self._rounds -= rounds
            self._made[salt] = yield Derive(work)
        return self._made[salt]


def wrong_password() -> ArchiveError:
    """What is raised for a password that opens nothing."""
    return ArchiveError(ArchiveFault.WRONG_PASSWORD, "the password is not the right one")
