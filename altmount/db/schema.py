"""The tables, as the newest migration leaves them. One schema for every dialect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    true,
)


class Moment(TypeDecorator[datetime]):
    """A point in time, kept in UTC and always aware on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """Read SQLite's text at once: a listing has thousands, and this takes a tenth."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return _moment


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("release", String(32), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("category", Text),
    Column("status", String(16), nullable=False),
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("ended", Moment),
    Column("size", BigInteger, nullable=False),
    Column("path", Text),
    Column("reason", Text),
    Column("message", Text),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("place", BigInteger, nullable=False, server_default="0"),
    Column("digest", String(64)),
    Column("nzb_bytes", BigInteger, nullable=False, server_default="0"),
    Column("due", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("updated", Moment),
    Column("url", Text),  # of the NZB, until that was fetched
    Column("named", Boolean, nullable=False, server_default=true()),
    Index(None, "status", "priority", "place"),
    sqlite_autoincrement=True,  # the number of a job that was removed is never given again
)

# One row: whether the queue is paused, and until when.
queue_state = Table(
    "queue_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("until", Moment),
)

# What came of imports in each hour, whatever becomes of their jobs.
import_statistics = Table(
    "import_statistics",
    metadata,
    Column("hour", Moment, primary_key=True),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
)

# How fast each provider was when it was tested.
speed_tests = Table(
    "speed_tests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("provider", Text, nullable=False),  # its id in the settings
    Column("created", Moment, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Index(None, "provider", "created"),
)

# Files and folders share a table, so that one constraint keeps any two apart.
nodes = Table(
    "nodes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("parent", String(36), ForeignKey("nodes.id")),
    Column("name", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("modified", Moment, nullable=False),
    Column("release", String(32)),
    Column("entry", Integer),
    Column("local", String(64)),
    Column("size", BigInteger),
    Column("etag", String(32)),
    Column("status", String(16)),
    UniqueConstraint("parent", "name"),
    Index(None, "release", "entry"),
    Index(None, "local"),
)

journal = Table(
    "journal",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("action", String(32), nullable=False),
    Column("door", String(32), nullable=False),
    Column("user", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text),
    Column("reason", Text, nullable=False),
    Column("shifts", Text, nullable=False),  # JSON
    Column("undoes", Integer),
    Column("undone_by", Integer),
)

# One row: which journal the index follows, and up to which entry.
library = Table(
    "library",
    metadata,
    Column("journal", String(32), primary_key=True),
    Column("number", Integer, nullable=False),
)

# What was used of each account's quota since its period began.
account_usage = Table(
    "account_usage",
    metadata,
    Column("account", Text, primary_key=True),  # host:port, or host:port+username
    Column("used", BigInteger, nullable=False),
    Column("since", Moment, nullable=False),
)

# What WebDAV clients set on files and folders; those of what is in the trash stay with it.
properties = Table(
    "properties",
    metadata,
    Column("node", String(36), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Who may come in.
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("email", Text, unique=True),
    Column("password", Text),  # a hash that names its scheme; none logs in without one
    Column("role", String(16), nullable=False),
    Column("created", Moment, nullable=False),
    Column("last_login", Moment),
    sqlite_autoincrement=True,  # a session must never become another account's
)

# What programs come in with.
keys = Table(
    "keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("scope", String(16), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("sealed", Text),  # of the one that can be shown again
    Column("created", Moment, nullable=False),
    UniqueConstraint("user", "name"),
)

# Who is logged in.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("address", Text, nullable=False),
    Column("client", Text, nullable=False),
    Index(None, "user"),
    sqlite_autoincrement=True,
)

# Which links were made for files; those of what is in the trash come back with it.
links = Table(
    "links",
    metadata,
    Column("node", String(36), primary_key=True),
    Column("path", Text, nullable=False),
    Column("before", Text, nullable=False),  # JSON
    Column("away", Boolean, nullable=False),
)

# Which folders were made for links.
link_folders = Table("link_folders", metadata, Column("path", Text, primary_key=True))
