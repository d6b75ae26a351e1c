"""What was used of each account, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from altmount.db.database import Database
from altmount.db.schema import account_usage


@dataclass(frozen=True, slots=True)
class AccountUsage:
    """What was used of one account since a period began."""

    account: str
    """``host:port`` or ``host:port+username``."""

    used: int
    """Bytes on the wire."""

    since: datetime


class UsageRepository:
    """Every way the program reads or changes what it has stored of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[AccountUsage]:
        """Of all accounts that were ever used."""
        statement = select(account_usage).order_by(account_usage.c.account)
        rows = await self._database.fetch(statement)
        return [AccountUsage(row.account, row.used, row.since) for row in rows]

    async def save(self, usages: Sequence[AccountUsage]) -> None:
        """Keep these in place of what was known of the same accounts."""
        rows = [
            {"account": usage.account, "used": usage.used, "since": usage.since} for usage in usages
        ]
        if not rows:
            return
        names = [row["account"] for row in rows]
        async with self._database.transaction() as session:
            await session.fetch(delete(account_usage).where(account_usage.c.account.in_(names)))
            await session.fetch(insert(account_usage), rows)
