"""From the settings of the providers to accounts as the news client knows them."""

from __future__ import annotations

from collections.abc import Iterable

from altmount.config.providers import ProviderSettings
from altmount.errors import InvalidRequestError
from altmount.nntp.commands import Credentials, Verb
from altmount.nntp.connection import Patience
from altmount.nntp.provider import Provider

# HELP is answered in several lines, which the decoder does not know of.
_KEEPALIVES = {verb.value: verb for verb in (Verb.DATE, Verb.CAPABILITIES)}


def accounts_of(providers: Iterable[ProviderSettings]) -> list[Provider]:
    """The enabled accounts, in the order of the settings.

    Raises:
        InvalidRequestError: A login cannot be sent.
    """
    return [account_of(settings) for settings in providers if settings.enabled]


def account_of(settings: ProviderSettings) -> Provider:
    """An account, enabled or not.

    Raises:
        InvalidRequestError: The login cannot be sent.
    """
    login = None
    if settings.username:
        try:
            login = Credentials(settings.username, settings.password.get_secret_value())
        except InvalidRequestError as error:
            raise InvalidRequestError(f"providers: {settings.id}: {error}") from None
    return Provider(
        id=settings.id,
        name=settings.name,
        host=settings.host,
        port=settings.port,
        credentials=login,
        tls=settings.tls,
        verify=not settings.insecure_tls,
        max_connections=settings.max_connections,
        depth=settings.inflight_requests,
        backup=settings.is_backup_provider,
        storage_group=settings.storage_group,
        quota_bytes=settings.quota_bytes,
        quota_period=settings.quota_period_hours * 3600.0,
        min_connections=min(settings.min_connections, settings.max_connections),
        stat_depth=settings.stat_inflight_requests,
        proxy_url=settings.proxy_url.get_secret_value(),
        keepalive=_keepalive(settings),
        patience=Patience(keepalive=settings.keepalive_interval_seconds),
    )


def _keepalive(settings: ProviderSettings) -> Verb:
    """What shows whether a connection works."""
    if settings.skip_ping:
        return Verb.CAPABILITIES
    return _KEEPALIVES.get(settings.keepalive_command.strip().upper(), Verb.DATE)
