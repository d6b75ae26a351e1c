"""Whether an account works, before it is used: what fails first, and what to do about it."""

from __future__ import annotations

import asyncio
import enum
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from socket import SOCK_STREAM, gaierror
from time import perf_counter

from altmount.api.measurement import Asked
from altmount.articles import Urgency, parse_message_id
from altmount.errors import AltmountError
from altmount.nntp.commands import Command, Verb
from altmount.nntp.errors import (
    AuthenticationError,
    CertificateError,
    DeadlineError,
    ProtocolError,
    ServerBusyError,
)
from altmount.nntp.provider import Provider

SECONDS = 30.0
"""How long a check may take."""

_FOREIGN = (
    "It may not be the provider's server that answers: check host and port. Set insecure_tls only"
    " for a server of your own."
)
_CERTIFICATES = {
    9: "Its time has not come: set the clock of this machine right.",
    10: (
        "It has expired: if the clock of this machine is right, the provider has to renew it; use"
        " another of its servers until then."
    ),
    20: (
        "Nobody here knows who has issued it: install the package ca-certificates, or bring it up"
        " to date."
    ),
    62: "It is for another name: set host to the name that the provider tells.",
}
"""What to do, by what OpenSSL says of a certificate."""

_DATE = 111
_MOMENT = re.compile(r"111 +([0-9]{14})\b")
_LINE = 100
_NO_ARTICLE = parse_message_id("altmount-asks-whether-you-listen@example.invalid")


class Step(enum.Enum):
    """How far it got. Each needs those before it."""

    NAME = "dns"  #: The host's name leads to an address.
    CONNECTION = "connection"  #: The server is there, with TLS if that is wanted.
    LOGIN = "login"  #: It takes user and password.
    COMMAND = "command"  #: It does as it is told.
    DONE = "done"  #: All of it.


@dataclass(frozen=True, slots=True)
class Check:
    """What came of checking an account."""

    step: Step
    """Where it failed, or DONE."""

    error: str = ""
    hint: str = ""
    round_trip: float | None = None
    """From a command to its answer, in seconds."""

    clock_behind: float | None = None
    """How far the clock of this machine is behind the server's, in seconds, give or take one; only
    known where DATE was asked."""

    @property
    def works(self) -> bool:
        return self.step is Step.DONE


async def check(
    provider: Provider,
    open_client: Callable[[Provider], AbstractAsyncContextManager[Asked]],
    *,
    ping: bool = True,
) -> Check:
    """Look its host up, connect, log in, and ask for something.

    Args:
        provider: The account.
        open_client: Makes a pool for it, of one connection.
        ping: Whether DATE is asked, which some servers do not know; else after an article.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await _check(provider, open_client, ping=ping)
    except TimeoutError:
        hint = "All connections of the account may be in use; stop what plays, and try again."
        return Check(Step.CONNECTION, f"there was no answer within {SECONDS:g} s", hint)


async def _check(
    provider: Provider,
    open_client: Callable[[Provider], AbstractAsyncContextManager[Asked]],
    *,
    ping: bool,
) -> Check:
    loop = asyncio.get_running_loop()
    try:
        if not provider.proxy_url:  # else the proxy looks it up
            await loop.getaddrinfo(provider.host, provider.port, type=SOCK_STREAM)
    except (gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", "") or "no host name"
        hint = "Check the spelling of host, and whether this machine can look names up."
        return Check(Step.NAME, f"{provider.host} leads to no address: {reason}", hint)
    command = Command(Verb.DATE) if ping else Command(Verb.STAT, _NO_ARTICLE)
    async with open_client(provider) as pool:
        try:
            await pool.ask(command, Urgency.HEALTH, _LINE)
            began = perf_counter()
            answer = await pool.ask(command, Urgency.HEALTH, _LINE)
        except AltmountError as error:
            return _failed(provider, error)
    took = perf_counter() - began
    if ping and answer.code != _DATE:
        hint = "Set skip_ping if the account works otherwise: some servers do not know DATE."
        said = _without_password(answer.text[:100], provider)
        return Check(Step.COMMAND, f"the server answers DATE with: {said}", hint, took)
    behind = _behind(answer.text, datetime.now(UTC)) if ping else None
    return Check(Step.DONE, round_trip=took, clock_behind=behind)


def _behind(said: str, now: datetime) -> float | None:
    """How far ``now`` is behind what an answer to DATE tells (RFC 3977, 7.1), in seconds."""
    found = _MOMENT.match(said)
    if found is None:
        return None
    try:
        theirs = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (theirs - now).total_seconds()


def _failed(provider: Provider, error: AltmountError) -> Check:
    step, hint = _meaning(provider, error)
    return Check(step, _without_password(str(error), provider), hint)


def _meaning(provider: Provider, error: AltmountError) -> tuple[Step, str]:
    match error:
        case AuthenticationError():
            return Step.LOGIN, "Check user name and password, and that the account is paid for."
        case ServerBusyError():
            return Step.LOGIN, (
                "Too many connections may be open: other programs use the account as well, or"
                " max_connections is too high."
            )
        case CertificateError(code=code):
            return Step.CONNECTION, _CERTIFICATES.get(code, _FOREIGN)
        case ProtocolError():
            other = "without" if provider.tls else "with"
            return Step.CONNECTION, (
                f"That is no news server on this port; the port may be one {other} TLS."
            )
        case DeadlineError():
            return Step.CONNECTION, (
                "Check host, port and TLS: a server that waits for TLS says nothing without it."
            )
        case _:
            return Step.CONNECTION, "Check host, port and TLS, and that no firewall is between."


def _without_password(text: str, provider: Provider) -> str:
    """What a server says, which may repeat what it was told."""
    secret = provider.credentials.password if provider.credentials else ""
    return text.replace(secret, "***") if secret else text
