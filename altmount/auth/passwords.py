"""Passwords: what they must be, and hashes of them that are dear to guess."""

from __future__ import annotations

import asyncio

import argon2

from altmount.aio.whole import whole
from altmount.errors import InvalidRequestError, TemporaryError

SHORTEST = 12
"""Characters; the ancestor's rule."""

LONGEST = 1000

_MOST_WAITING = 16
"""How many may wait for their turn: whoever sends more is not logging in."""

# What OWASP advises with 19 MiB: 20 ms, and a memory that can be spared while films play.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# A hash that is as dear, for accounts that are not there. To make it at each start would cost that.
_OF_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$BVMW/RbAiNvsZtxaezhsTQ"
    "$dGADXoENmWjpuG1jTKAwJvvFrvgcA9ouldTNDCF1iLI"
)


class BusyError(TemporaryError):
    """Too many log in at once."""


def check_password(text: str) -> None:
    """Look whether a password may be chosen.

    Raises:
        InvalidRequestError: It is too short or too long.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        raise InvalidRequestError(f"a password has {SHORTEST} to {LONGEST} characters")


class Passwords:
    """Hashes and compares passwords, one at a time, in a thread.

    Whoever leaves waits for the thread to end, so that there is never a second.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """A hash to keep; it names its scheme and its cost.

        Raises:
            BusyError: Too many are waiting.
        """
        return await self._work(password, None) or ""

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether a password is the one that was hashed.

        It takes as long where there is no hash, and the answer is no.

        Raises:
            BusyError: Too many are waiting.
        """
        matches = await self._work(password, hashed or _OF_NOBODY) is not None
        return matches and bool(hashed)

    async def _work(self, password: str, hashed: str | None) -> str | None:
        if self._waiting >= _MOST_WAITING:
            raise BusyError("too many are logging in at once")
        self._waiting += 1
        try:
            async with self._turn:
                work = asyncio.to_thread(_hash if hashed is None else _compare, password, hashed)
                return await whole(work, "password")
        finally:
            self._waiting -= 1


def _hash(password: str, _hashed: str | None) -> str:
    return _HASHER.hash(password.encode(errors="surrogatepass"))


def _compare(password: str, hashed: str | None) -> str | None:
    try:
        _HASHER.verify(hashed or "", password.encode(errors="surrogatepass"))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return None
    return hashed
