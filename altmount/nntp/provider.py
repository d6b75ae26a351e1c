"""A provider: an account on a news server, and how it may be used."""

from __future__ import annotations

from dataclasses import dataclass, field

from altmount.nntp.commands import Credentials
from altmount.nntp.connection import Patience


@dataclass(frozen=True, slots=True)
class Provider:
    """One account."""

    name: str
    host: str
    port: int
    credentials: Credentials | None = None
    tls: bool = False
    verify: bool = True
    """Whether the server's certificate must be valid for ``host``."""

    max_connections: int = 10
    depth: int = 10
    """How many commands may wait for an answer on one connection."""

    backup: bool = False
    """Asked only for what the others do not have."""

    patience: Patience = field(default_factory=Patience)
