"""Settings of the Usenet providers."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from altmount.config.address import Host, Port
from altmount.config.section import Allowed, Section, ZeroMeansDefault, one_line


def _secret_line(secret: SecretStr) -> SecretStr:
    one_line(secret.get_secret_value())
    return secret


_PROXIES = frozenset({"socks5", "socks4", "http"})


def _proxy_url(secret: SecretStr) -> SecretStr:
    text = one_line(secret.get_secret_value())
    if text:
        url = urlsplit(text)
        if url.scheme not in _PROXIES or not url.hostname or not url.port:
            raise ValueError("a proxy")
    return secret


ProxyUrl = Annotated[
    SecretStr,
    AfterValidator(_proxy_url),
    Allowed("socks5://, socks4:// or http:// with host and port, or empty"),
]

Line = Annotated[str, AfterValidator(one_line), Allowed("text without line breaks")]
SecretLine = Annotated[SecretStr, AfterValidator(_secret_line), Allowed("text without line breaks")]


class ProviderSettings(Section):
    """One account with a Usenet provider. The order of the list is the order of preference."""

    id: Annotated[Line, Field(examples=["primary"])] = ""
    """What the account is known by in statistics and in the API; each must have its own."""

    name: Line = ""
    """What people call it; empty for its id."""

    host: Annotated[Host, Field(examples=["news.example.com"])]
    """Name or address of the news server."""

    port: Annotated[Port, Field(examples=[563])]
    """TCP port of the news server. By custom 563 speaks TLS and 119 does not."""

    username: Annotated[Line, Field(examples=["me"])] = ""
    """Name of the account; empty where the server asks for none."""

    password: Annotated[SecretLine, Field(examples=["secret"])] = SecretStr("")
    """Password of the account."""

    max_connections: Annotated[int, Field(ge=1, le=500)] = 10
    """How many connections the account allows at once."""

    inflight_requests: Annotated[int, Field(ge=1, le=100), ZeroMeansDefault()] = 10
    """How many articles may be asked for on one connection before the first has come."""

    tls: Annotated[bool, Field(examples=[True])] = False
    """Whether the connection is encrypted."""

    insecure_tls: bool = False
    """Whether any certificate is taken. Only for servers of your own."""

    enabled: bool = True
    """Whether the account is used."""

    is_backup_provider: bool = False
    """Whether it is asked only for what the others do not have."""

    quota_bytes: Annotated[int, Field(ge=0)] = 0
    """How many bytes may be downloaded in a period, as they come over the line; 0 for as many as
    wanted. An account whose quota is used up is not asked until the period ends."""

    quota_period_hours: Annotated[int, Field(ge=0, le=87_600)] = 0
    """Length of such a period in hours; 0 for one that never ends, as of a block account."""

    min_connections: Annotated[int, Field(ge=0, le=500)] = 0
    """How many connections are kept open while nobody needs them, so that the first article comes
    sooner; of ``max_connections`` at the most."""

    keepalive_interval_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """After how long a connection that nobody uses is asked whether it still works; 0 for only
    once a minute, and only those that are kept open."""

    keepalive_command: Line = ""
    """What it is asked: ``DATE`` or ``CAPABILITIES``. Anything else means ``DATE``."""

    skip_ping: bool = False
    """Whether this server does not know ``DATE``. Then it is never asked that: it is asked for its
    ``CAPABILITIES``, and after an article where an account is tried."""

    proxy_url: Annotated[ProxyUrl, Field(examples=["socks5://user:password@proxy.lan:1080"])] = (
        SecretStr("")
    )
    """The proxy that connections to this server go through: ``socks5://``, ``socks4://`` or
    ``http://`` (which must allow CONNECT), with a login if it needs one; empty for none. The proxy
    looks up the server's name."""

    stat_inflight_requests: Annotated[int, Field(ge=1, le=1000), ZeroMeansDefault()] = 100
    """How many questions whether an article is there may wait for an answer on one connection."""

    storage_group: Line = ""
    """Accounts of the same group have the same articles, so that what one of them lacks none of
    them is asked for; empty for an account that shares its server's articles with no other."""


Providers = tuple[ProviderSettings, ...]


def with_unique_ids(providers: Providers) -> tuple[Providers, tuple[str, ...]]:
    """Give an id to each provider that has none, or has that of one before it.

    Returns:
        The providers, and a warning for each id that was made up.
    """
    taken = {provider.id for provider in providers}
    seen = {""}
    named: list[ProviderSettings] = []
    warnings: list[str] = []
    for number, provider in enumerate(providers):
        if provider.id in seen:
            made_up = _free_id(provider.host, taken)
            taken.add(made_up)
            reason = "has the id of one before it" if provider.id else "has no id"
            warnings.append(f"providers[{number}] {reason}; it is called {made_up!r} instead")
            named.append(provider.model_copy(update={"id": made_up}))
        else:
            seen.add(provider.id)
            named.append(provider)
    return tuple(named), tuple(warnings)


def _free_id(wish: str, taken: set[str]) -> str:
    candidates = (wish, *(f"{wish}_{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)
