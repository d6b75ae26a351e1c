"""A provider: an account on a news server, and how it may be used."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from altmount.nntp.commands import Credentials, Verb
from altmount.nntp.connection import Patience


@dataclass(frozen=True, slots=True)
class Provider:
    """One account."""

    id: str
    """What it is known by for as long as it is in the settings."""

    host: str
    port: int
    name: str = ""
    """What people call it; empty for its id."""

    credentials: Credentials | None = None
    tls: bool = False
    verify: bool = True
    """Whether the server's certificate must be valid for ``host``."""

    proxy_url: str = field(default="", repr=False)
    """``socks5://`` or ``http://``, with a login if it needs one; empty for none."""

    max_connections: int = 10
    min_connections: int = 0
    """How many are kept open while nobody needs them."""

    depth: int = 10
    """How many commands may wait for an answer on one connection."""

    stat_depth: int = 100
    """How many questions whether an article is there may wait for an answer on one."""

    backup: bool = False
    """Asked only for what the others do not have."""

    storage_group: str = ""
    """Accounts of the same group have the same articles; empty for those of its server alone."""

    quota_bytes: int = 0
    """How many bytes may be downloaded in a period; 0 for as many as wanted."""

    quota_period: float = 0.0
    """Length of such a period in seconds; 0 for one that never ends."""

    keepalive: Verb = Verb.DATE
    """What is said on connections that must not be silent for long."""

    patience: Patience = field(default_factory=Patience)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id

    @property
    def identity(self) -> str:
        """Which account with which server this is, whatever it is called in the settings."""
        user = f"+{self.credentials.username}" if self.credentials else ""
        return f"{self.host}:{self.port}{user}"

    @property
    def storage(self) -> str:
        """Whose articles it has; what one such account lacks, all do."""
        return self.storage_group or f"{self.host}:{self.port}"

    def depth_for(self, verb: Verb) -> int:
        """How many commands of a kind may wait for an answer on one connection."""
        return self.stat_depth if verb is Verb.STAT else self.depth

    def connects_like(self, other: Provider) -> bool:
        """Whether connections made for ``other`` will do: only names and policies differ."""
        same = replace(
            self,
            name=other.name,
            backup=other.backup,
            storage_group=other.storage_group,
            quota_bytes=other.quota_bytes,
            quota_period=other.quota_period,
        )
        return same == other
