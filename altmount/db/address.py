"""Where a database is: the words that people name it with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from altmount.errors import InvalidRequestError

_URL = re.compile(r"([A-Za-z][A-Za-z0-9]*)(\+[A-Za-z0-9]+)?:(?=//)")
_KEYWORDS = re.compile(r"\s*[a-z_]+\s*=")


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A database of a PostgreSQL server."""

    conninfo: str = field(repr=False)
    """A URL, or keywords and values, as libpq has them; it may hold a password."""


Address: TypeAlias = Path | PostgresAddress
"""A file of SQLite, or a database of a PostgreSQL server."""


def parse_address(text: str, folder: Path) -> Address:
    """What people write for a database.

    Args:
        text: ``postgresql://user@host/name``, libpq's keywords (``host=… dbname=…``),
            ``sqlite:///file``, or the path of a file. A driver, as in
            ``postgresql+asyncpg://``, is not looked at.
        folder: Where relative paths start.

    Raises:
        InvalidRequestError: It is none of these. The text is not quoted: it may hold a password.
    """
    if "\0" in text or not text.strip():
        raise InvalidRequestError(
            "the name of a database is empty, or has a character that none has"
        )
    text = text.strip()
    found = _URL.match(text)
    if found is None:
        return PostgresAddress(text) if _KEYWORDS.match(text) else folder / text
    kind, rest = found[1].lower(), text[found.end() :]
    if kind in {"postgresql", "postgres"}:
        return PostgresAddress(f"postgresql:{rest}")
    if kind != "sqlite":
        raise InvalidRequestError(
            f"no database is reached by {kind}://; use postgresql://, or the path of a file"
        )
    try:
        parts = urlsplit(f"sqlite:{rest}")
    except ValueError:
        raise InvalidRequestError("a URL of an SQLite database is sqlite:///file") from None
    if parts.netloc or parts.query or not parts.path.strip("/"):
        raise InvalidRequestError("a URL of an SQLite database is sqlite:///file, and no more")
    return folder / unquote(parts.path[1:])


def address_of(url: str, kind: str, dsn: str, path: Path) -> Address:
    """The database that the settings name.

    Args:
        url: ``database.url``, which wins over all else.
        kind: ``database.type``.
        dsn: ``database.dsn``, for PostgreSQL.
        path: ``database.path``, for SQLite.

    Raises:
        InvalidRequestError: They name none.
    """
    if url:
        return parse_address(url, path.parent)
    if kind == "sqlite":
        return path
    if not dsn:
        raise InvalidRequestError("database.type is postgres, so give database.url as well")
    found = parse_address(dsn, path.parent)
    if isinstance(found, Path):
        raise InvalidRequestError("database.dsn is not the address of a PostgreSQL server")
    return found
