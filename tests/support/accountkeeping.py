"""Accounts on a database of their own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from altmount.auth.accounts import Accounts
from altmount.auth.directory import Directory
from altmount.auth.gate import Gate, Policy
from altmount.auth.keyring import Keyring
from altmount.auth.keys import Seal
from altmount.auth.passwords import Passwords
from altmount.auth.tokens import Tokens
from altmount.db.database import Database
from altmount.db.users import UserRepository
from altmount.signing import Signer


class Plain(Passwords):
    """Hashes at once, and badly."""

    async def hash(self, password):
        return f"hash of {password}"

    async def verify(self, hashed, password):
        return hashed == f"hash of {password}"


class Keeping:
    """What keeps accounts, with a clock that can be set."""

    def __init__(self, database, policy, passwords):
        self.seconds = 0.0
        self.policy = policy
        self.users = UserRepository(database)
        self.directory = Directory(self.users, clock=lambda: self.seconds, now=self.now)
        self.tokens = Tokens(b"s" * 32)
        self.keyring = Keyring(self.users, self.directory, Seal(b"k" * 32), now=self.now)
        self.accounts = Accounts(
            self.users,
            self.directory,
            self.tokens,
            self.keyring,
            passwords=passwords,
            now=self.now,
        )
        self.gate = Gate(
            lambda: self.policy,
            lambda: self.directory.people,
            self.tokens,
            Signer(b"l" * 32),
            now=self.now,
        )

    def now(self):
        return BEGAN + timedelta(seconds=self.seconds)


BEGAN = datetime.now(UTC)


@asynccontextmanager
async def keeping(folder, *, policy=Policy(), passwords=None):  # noqa: B008 it never changes
    """Accounts, of which there are none yet."""
    async with Database.open(folder / "altmount.db") as database:
        kept = Keeping(database, policy, passwords or Plain())
        async with kept.directory:
            yield kept
