"""Accounts without a database, and what lets them in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aiohttp import web

from altmount.auth.caller import Caller, Means, Role, Scope
from altmount.auth.gate import Gate, Policy
from altmount.auth.keys import digest_of
from altmount.auth.people import People
from altmount.auth.tokens import Tokens, new_ticket
from altmount.db.users import Everyone, Key, Session, User
from altmount.signing import Signer
from altmount.web.credentials import claims_of, set_caller

NOW = datetime.now(UTC)
TOKENS = Tokens(b"s" * 32)
SIGNER = Signer(b"l" * 32)


class Town:
    """Some accounts with keys and logins, as the database would have them."""

    def __init__(self):
        self.users, self.keys, self.sessions = [], [], []

    @property
    def people(self):
        return People(Everyone(self.users, self.keys, self.sessions))

    def add(self, name, role=Role.USER, *, email=None, password=None):
        """An account."""
        user = User(len(self.users) + 1, name, email, password, role.word, NOW, None)
        self.users.append(user)
        return user

    def key(self, user, scope=Scope.FULL):
        """A key of an account."""
        key = f"key-{len(self.keys)}-of-{user.name}"
        number = len(self.keys) + 1
        self.keys.append(Key(number, user.id, str(number), scope, digest_of(key), None, NOW))
        return key

    def login(self, user, *, hours=24):
        """The token of a login of an account."""
        ticket, ends = new_ticket(), NOW + timedelta(hours=hours)
        number = len(self.sessions) + 1
        self.sessions.append(
            Session(number, user.id, ticket.digest, NOW, NOW, ends, "127.0.0.1", "test")
        )
        return TOKENS.issue(ticket, user.id, NOW, NOW + timedelta(days=30))

    def demote(self, user, role):
        self.users[user.id - 1] = replace(user, role=role.word)

    def gate(self, policy=Policy(), *, now=lambda: NOW):  # noqa: B008 it never changes
        return Gate(lambda: policy, lambda: self.people, TOKENS, SIGNER, now=now)


@web.middleware
async def taken_at_their_word(request, handler):
    """A door that believes each the name it gives."""
    set_caller(request, Caller(claims_of(request).user or "", Role.ADMIN, Means.BASIC))
    return await handler(request)
