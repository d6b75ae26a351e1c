"""Accounts, their keys and their sessions, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, and_, delete, func, insert, or_, select, update

from altmount.db.database import Database
from altmount.db.errors import ConflictError
from altmount.db.schema import keys, sessions, users
from altmount.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    id: int
    name: str
    email: str | None
    password: str | None = field(repr=False)
    """A hash that names its scheme; None lets nobody in by a password."""

    role: str
    created: datetime
    last_login: datetime | None


@dataclass(frozen=True, slots=True)
class Key:
    """What a program comes in with, in the name of an account."""

    id: int
    user: int
    name: str
    scope: str
    digest: str = field(repr=False)
    sealed: str | None = field(repr=False)
    """The key itself, encrypted, where it can be shown again."""

    created: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A login that has not ended."""

    id: int
    user: int
    digest: str = field(repr=False)
    created: datetime
    seen: datetime
    """When it was last looked at; not each request counts."""

    expires: datetime
    address: str
    client: str


@dataclass(frozen=True, slots=True)
class Everyone:
    """All that the database knows of who may come in."""

    users: Sequence[User]
    keys: Sequence[Key]
    sessions: Sequence[Session]


class UserRepository:
    """Every way the program reads or changes the accounts it has stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def everyone(self, now: datetime) -> Everyone:
        """All accounts, with their keys and with the sessions that have not expired."""
        fetch = self._database.fetch
        live = select(sessions).where(sessions.c.expires > now)
        return Everyone(
            [User(*row) for row in await fetch(select(users).order_by(users.c.id))],
            [Key(*row) for row in await fetch(select(keys).order_by(keys.c.id))],
            [Session(*row) for row in await fetch(live.order_by(sessions.c.id))],
        )

    async def add(
        self, name: str, email: str | None, password: str | None, role: str, now: datetime
    ) -> User:
        """A new account.

        Raises:
            ConflictError: There is one with that name or address.
        """
        values = _user(name, email, password, role, now)
        statement = insert(users).values(values).returning(*users.c)
        async with self._database.transaction() as session:
            [row] = await session.fetch(statement)
        return User(*row)

    async def add_first(
        self, name: str, email: str | None, password: str, role: str, now: datetime
    ) -> User:
        """The account of whoever comes first: while no account has a password.

        One that was made without a password, and has that name, is that account from now on.

        Raises:
            ConflictError: Someone came before.
        """
        async with self._database.transaction() as session:
            taken = select(func.count()).where(users.c.password.is_not(None))
            [(count,)] = await session.fetch(taken)
            if count:
                raise ConflictError("there is an account already")
            there = update(users).where(users.c.name == name).returning(*users.c)
            rows = await session.fetch(there.values(password=password, email=email, role=role))
            if not rows:
                statement = insert(users).values(_user(name, email, password, role, now))
                rows = await session.fetch(statement.returning(*users.c))
        return User(*rows[0])

    async def change(self, user_id: int, **values: object) -> User:
        """Change columns of an account.

        Raises:
            NotFoundError: There is no such account.
            ConflictError: Another account has that name or address.
        """
        changed = update(users).where(users.c.id == user_id).values(values)
        missing = f"there is no account {user_id}"
        return User(*await self._one(changed.returning(*users.c), missing))

    async def remove(self, user_id: int) -> None:
        """Remove an account with its keys and sessions.

        Raises:
            NotFoundError: There is no such account.
        """
        async with self._database.transaction() as session:
            await session.fetch(delete(sessions).where(sessions.c.user == user_id))
            await session.fetch(delete(keys).where(keys.c.user == user_id))
            gone = delete(users).where(users.c.id == user_id).returning(users.c.id)
            if not await session.fetch(gone):
                raise NotFoundError(f"there is no account {user_id}")

    async def add_key(
        self, user_id: int, name: str, scope: str, digest: str, sealed: str | None, now: datetime
    ) -> Key:
        """A new key of an account.

        Raises:
            ConflictError: The account has one of that name.
        """
        values = {
            "user": user_id,
            "name": name,
            "scope": scope,
            "digest": digest,
            "sealed": sealed,
            "created": now,
        }
        async with self._database.transaction() as session:
            [row] = await session.fetch(insert(keys).values(values).returning(*keys.c))
        return Key(*row)

    async def renew_key(
        self, user_id: int, key_id: int, digest: str, sealed: str | None, now: datetime
    ) -> Key:
        """Let another key take the place of one; the old one opens nothing any more.

        Raises:
            NotFoundError: The account has no such key.
        """
        own = and_(keys.c.id == key_id, keys.c.user == user_id)
        renewed = update(keys).where(own).values(digest=digest, sealed=sealed, created=now)
        missing = f"there is no key {key_id} of this account"
        return Key(*await self._one(renewed.returning(*keys.c), missing))

    async def remove_key(self, user_id: int, key_id: int) -> None:
        """Remove a key.

        Raises:
            NotFoundError: The account has no such key.
        """
        own = and_(keys.c.id == key_id, keys.c.user == user_id)
        gone = delete(keys).where(own).returning(keys.c.id)
        await self._one(gone, f"there is no key {key_id} of this account")

    async def begin_session(self, begun: Session, most: int) -> Session:
        """Keep a new session, and forget those that expired, and the oldest beyond ``most``."""
        columns = ("user", "digest", "created", "seen", "expires", "address", "client")
        values = {name: getattr(begun, name) for name in columns}
        own = select(sessions.c.id).where(sessions.c.user == begun.user)
        newest = own.order_by(sessions.c.id.desc()).limit(most)
        beyond = and_(sessions.c.user == begun.user, sessions.c.id.not_in(newest))
        async with self._database.transaction() as session:
            [row] = await session.fetch(insert(sessions).values(values).returning(*sessions.c))
            await session.fetch(
                delete(sessions).where(or_(sessions.c.expires <= begun.created, beyond))
            )
            await session.fetch(
                update(users).where(users.c.id == begun.user).values(last_login=begun.created)
            )
        return Session(*row)

    async def extend_session(self, session_id: int, seen: datetime, expires: datetime) -> None:
        """Let a session last longer."""
        own = update(sessions).where(sessions.c.id == session_id)
        async with self._database.transaction() as session:
            await session.fetch(own.values(seen=seen, expires=expires))

    async def end_session(self, user_id: int, session_id: int) -> None:
        """End a session of an account.

        Raises:
            NotFoundError: The account has no such session.
        """
        own = and_(sessions.c.id == session_id, sessions.c.user == user_id)
        gone = delete(sessions).where(own).returning(sessions.c.id)
        await self._one(gone, f"there is no session {session_id} of this account")

    async def end_sessions(self, user_id: int, *, but: int | None = None) -> None:
        """End all sessions of an account, but one if it is named."""
        own = delete(sessions).where(sessions.c.user == user_id)
        if but is not None:
            own = own.where(sessions.c.id != but)
        async with self._database.transaction() as session:
            await session.fetch(own)

    async def _one(self, statement: Executable, missing: str) -> Row[*tuple[Any, ...]]:
        """What a statement changed, or that it is not there."""
        async with self._database.transaction() as session:
            rows = await session.fetch(statement)
        if not rows:
            raise NotFoundError(missing)
        return rows[0]


def _user(
    name: str, email: str | None, password: str | None, role: str, now: datetime
) -> dict[str, object]:
    return {"name": name, "email": email, "password": password, "role": role, "created": now}
