"""Who is let in: a decision on what a request shows, without the request."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from altmount.auth.caller import Caller, Means, Role, Scope
from altmount.auth.claims import Claims
from altmount.auth.keys import digest_of, digest_of_download_key, download_key_of
from altmount.auth.people import People
from altmount.auth.tokens import Tokens
from altmount.signing import SignedPath, Signer

WELL_KNOWN_PASSWORD = "usenet"  # noqa: S105 - the default, known to everyone
"""Of the WebDAV login, until its owner chooses one."""

_DOTS = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of who may come in; each request is judged by the newest."""

    webdav_user: str = ""
    webdav_password: str = field(default="", repr=False)
    """Where it is empty, no password opens anything."""

    key_override: str = field(default="", repr=False)
    """Opens everything, beside the keys of the accounts; empty for none."""

    login_required: bool = True
    allowed_origins: frozenset[str] = frozenset()
    """Of pages that may call from a browser; ``*`` stands for all."""

    cookie_domain: str = ""
    """That a login's cookie is for; empty for the host that was asked."""

    cookie_secure: bool | None = None
    """Whether that cookie goes over HTTPS only; None if that is as it was made."""


class Gate:
    """Tells whose credentials they are.

    Args:
        policy: Gives what the settings say now.
        people: Gives who there is now.
        tokens: Reads the tokens of logins.
        signer: Knows the links again that were made here.
        now: The time of day.
    """

    def __init__(
        self,
        policy: Callable[[], Policy],
        people: Callable[[], People],
        tokens: Tokens,
        signer: Signer,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._policy = policy
        self._people = people
        self._tokens = tokens
        self._signer = signer
        self._now = now

    @property
    def policy(self) -> Policy:
        return self._policy()

    def by_key(self, api_key: str) -> Caller | None:
        """Whose API key it is."""
        override = self._policy().key_override
        if _same(api_key, override):
            return Caller("api.key_override", Role.ADMIN, Means.KEY)
        return self._people().caller_by_key(digest_of(api_key))

    def by_secrets(self, claims: Claims) -> Iterator[Caller]:
        """Who shows keys, or the token of a login, which are too long to be guessed.

        What was put there by hand goes before what a browser adds.
        """
        found = (
            self.by_key(claims.api_key) if claims.api_key is not None else None,
            self._by_token(claims.token) if claims.token is not None else None,
            self._by_download_key(claims.download_key) if claims.download_key is not None else None,
            self._by_link(claims.link) if claims.link is not None else None,
            self._by_key_as_password(claims),
            self._by_cookie(claims.cookie) if claims.cookie is not None else None,
        )
        return (caller for caller in found if caller is not None)

    def by_password(self, claims: Claims) -> Caller | None:
        """Who shows the WebDAV user and password of the settings.

        As long as nobody has an account, and unless it is the well-known one, that login is
        the owner's, and good for everything.
        """
        policy = self._policy()
        user = _same(claims.user, policy.webdav_user)
        if not (_same(claims.password, policy.webdav_password) and user):
            return None
        owner = not self._people().users and policy.webdav_password != WELL_KNOWN_PASSWORD
        role = Role.ADMIN if owner else Role.USER
        return Caller(policy.webdav_user, role, Means.BASIC, ambient=True)

    def _by_token(self, token: str) -> Caller | None:
        """A bearer's token: of a login, or an API key, as Prometheus and others send it."""
        # Three parts with dots between them are a JSON web token (RFC 7515).
        return self._session(token) if token.count(".") == _DOTS else self.by_key(token)

    def _session(self, token: str) -> Caller | None:
        ticket = self._tokens.read(token)
        if ticket is None:
            return None
        return self._people().caller_by_session(ticket.digest, self._now())

    def _by_download_key(self, download_key: str) -> Caller | None:
        override = self._policy().key_override
        if override and _same(download_key, download_key_of(override)):
            return Caller("api.key_override", Role.ADMIN, Means.LINK, Scope.FILES)
        caller = self._people().caller_by_key(digest_of_download_key(download_key))
        if caller is None or caller.scope is Scope.NZB:
            return None
        return replace(caller, means=Means.LINK, scope=Scope.FILES)

    def _by_link(self, link: SignedPath) -> Caller | None:
        if not self._signer.opens(link, self._now()):
            return None
        return Caller("", Role.READER, Means.LINK, Scope.FILES)

    def _by_key_as_password(self, claims: Claims) -> Caller | None:
        """An account's name with one of its API keys, from clients that know nothing else."""
        if claims.password is None:
            return None
        caller = self._people().caller_by_key(digest_of(claims.password))
        if caller is None or caller.name != claims.user:
            return None
        return replace(caller, ambient=True)

    def _by_cookie(self, token: str) -> Caller | None:
        caller = self._session(token)
        return replace(caller, ambient=True) if caller is not None else None


def _same(claimed: str | None, real: str) -> bool:
    """Compare in a time that does not depend on how much of it is right."""
    if claimed is None or not real:
        return False
    return hmac.compare_digest(
        claimed.encode(errors="surrogateescape"), real.encode(errors="surrogateescape")
    )
