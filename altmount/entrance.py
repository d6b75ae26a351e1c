"""Who may come in: built from settings and database, for every port alike."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from aiohttp import web

from altmount.auth.accounts import Accounts
from altmount.auth.caller import Access
from altmount.auth.directory import Directory
from altmount.auth.gate import Gate, Policy
from altmount.auth.keyring import Keyring
from altmount.auth.keys import Seal
from altmount.auth.secretfile import derived, secret_of
from altmount.auth.tokens import Tokens
from altmount.config.settings import Settings
from altmount.db.database import Database
from altmount.db.users import UserRepository
from altmount.linkage import signer_of
from altmount.program import Program
from altmount.signing import Signer
from altmount.web import errors
from altmount.web.attempts import FailedLogins
from altmount.web.auth import Door
from altmount.web.cors import Cors
from altmount.web.forwarded import Proxies
from altmount.web.permits import Permits
from altmount.web.port import Port
from altmount.web.probes import Probes
from altmount.web.readiness import Readiness

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entrance:
    """What every request meets first."""

    gate: Gate
    accounts: Accounts
    keyring: Keyring
    signer: Signer
    permits: Permits
    door: Door
    cors: Cors
    probes: Probes
    proxies: Proxies

    def port(self, base: str = "") -> Port:
        """What is served on a port, the probes and nothing else yet; also below ``base``."""
        probes = self.probes
        app = web.Application(
            middlewares=[
                errors.middleware,
                self.proxies.middleware,
                self.cors.middleware,
                probes.middleware,
                self.door.middleware,
            ]
        )
        app.on_response_prepare.append(self.cors.mark)
        port = Port(app, base)
        port.add_routes(probes.routes)
        return port


@dataclass(frozen=True, slots=True)
class Registry:
    """Who has an account, and what lets each of them in."""

    directory: Directory
    tokens: Tokens
    keyring: Keyring
    signer: Signer
    accounts: Accounts


@asynccontextmanager
async def registry(settings: Settings, database: Database) -> AsyncIterator[Registry]:
    """The accounts of a database.

    Raises:
        DatabaseUnavailableError: They cannot be read.
        SecretError: What logins are signed with cannot be read or written.
    """
    kept = secret_of(settings.metadata.root_path / "secret")
    signing = settings.auth.jwt_secret.get_secret_value().encode() or kept
    users = UserRepository(database)
    async with Directory(users, clock=monotonic) as directory:
        tokens = Tokens(derived(signing, "logins"))
        keyring = Keyring(users, directory, Seal(derived(kept, "keys")))
        signer = signer_of(kept)
        accounts = Accounts(users, directory, tokens, keyring)
        yield Registry(directory, tokens, keyring, signer, accounts)


@asynccontextmanager
async def entrance(
    program: Program, readiness: Readiness, permits: Mapping[str, Access]
) -> AsyncIterator[Entrance]:
    """The entrance of a program; ``permits`` says who may ask for what.

    Raises:
        DatabaseUnavailableError: The accounts cannot be read.
        SecretError: What logins are signed with cannot be read or written.
    """
    settings = program.settings
    policies, said = _Policies(program), Permits(permits, settings.reverse_proxy.base_path)
    async with registry(settings, program.database) as kept:
        if kept.accounts.registration_open:
            logger.info("nobody has an account yet; whoever registers first is its admin")
        gate = Gate(policies.now, lambda: kept.directory.people, kept.tokens, kept.signer)
        yield Entrance(
            gate,
            kept.accounts,
            kept.keyring,
            kept.signer,
            said,
            Door(gate, said, FailedLogins(monotonic), kept.directory.freshen),
            Cors(lambda: policies.now().allowed_origins),
            Probes(readiness),
            Proxies(settings.reverse_proxy.trusted),
        )


class _Policies:
    """What the settings say, made anew only when they were read again."""

    def __init__(self, program: Program) -> None:
        self._reload = program.reload
        self._of = program.settings
        self._policy = policy_of(program.settings)

    def now(self) -> Policy:
        settings = self._reload.settings
        if settings is not self._of:
            self._of, self._policy = settings, policy_of(settings)
        return self._policy


def policy_of(settings: Settings) -> Policy:
    """What the settings say of who may come in."""
    domain = settings.auth.cookie_domain.lower()
    own = [f"http://{domain}", f"https://{domain}"] if domain else []
    return Policy(
        settings.webdav.user,
        settings.webdav.password.get_secret_value(),
        settings.api.key_override.get_secret_value(),
        settings.auth.login_required,
        frozenset(settings.api.allowed_origins or own),
        domain,
        {"always": True, "never": False}.get(settings.auth.cookie_secure),
    )
