"""A kind of database: what the rest of the package need not know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Executable

from altmount.db.address import Address
from altmount.db.connection import Access, Rows, Values
from altmount.db.revisions import Revisions
from altmount.db.sqlite import SqliteFile

T = TypeVar("T")


class Engine(Protocol):
    """One database. Nothing is opened before it is asked for, and all is closed by :meth:`close`.

    Every coroutine raises ``DatabaseUnavailableError`` if the database cannot be used now.
    """

    @property
    def name(self) -> str:
        """How messages call it; no secret is in it."""

    @property
    def backup_suffix(self) -> str:
        """What the names of its backups end in."""

    @property
    def snapshot(self) -> str:
        """The statement after which a reader sees one moment of it, until it is closed."""

    def writing(self) -> Access:
        """A transaction, not begun yet; one at a time."""

    def reading(self) -> Access:
        """What reads outside transactions, and cannot change anything; not open yet."""

    async def read(self, statement: Executable, values: Values = None) -> Rows:
        """Read once, outside transactions."""

    async def take(self) -> None:
        """Keep other processes that do the same away until this is closed.

        Raises:
            DatabaseInUseError: Another does.
        """

    async def revision(self) -> str | None:
        """The revision that it is at; ``None`` if it is empty, or not there. Nothing is written.

        Raises:
            NotADatabaseError: It is not one of this program's, or it is damaged.
        """

    async def keep_copy(self, copy: Path) -> None:
        """Write all that is in it to a file, whole or not at all.

        Raises:
            BackupError: That cannot be done.
        """

    def migrate(self, connection: Connection, revisions: Revisions) -> None:
        """Bring it to the newest revision, in the transaction that is open."""

    def numbers(self, connection: Connection) -> dict[str, int]:
        """The last number that was given in each table, as far as that is kept."""

    def go_on_from(self, connection: Connection, numbers: Mapping[str, int]) -> None:
        """Give no number again that was given before, whatever the rows that are there."""

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Do something with a connection that only reads, beside whoever has it.

        Nothing is left behind.
        """

    async def inspect(self) -> list[str]:
        """What is wrong with it inside, as far as that can be seen without writing."""

    async def close(self) -> None: ...


def engine_at(address: Address) -> Engine:
    """The database that is, or will be, at an address.

    Raises:
        InvalidRequestError: The address makes no sense.
        DriverMissingError: What it takes to reach it is not installed.
    """
    if isinstance(address, Path):
        return SqliteFile(address)
    from altmount.db.postgresql import PostgresServer  # noqa: PLC0415 its driver takes 60 ms

    return PostgresServer(address)
