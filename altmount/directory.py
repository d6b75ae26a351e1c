"""The accounts of the settings, as clients of the API may see and describe them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from altmount.accounts import account_of
from altmount.config.providers import ProviderSettings
from altmount.config.settings import Settings
from altmount.config.shown import MASK
from altmount.errors import InvalidRequestError, NotFoundError
from altmount.nntp.provider import Provider

_SECRETS = ("password", "proxy_url")
_UNNAMED = "new"


class SettingsDirectory:
    """The accounts of the settings as they were read last, in use or not.

    Args:
        settings: Gives those.
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings

    def find(self, provider_id: str) -> Provider:
        """The account of an id.

        Raises:
            NotFoundError: There is none.
        """
        found = self._stored(provider_id)
        if found is None:
            raise NotFoundError(f"there is no provider {provider_id[:100]!r} in the settings")
        return account_of(found)

    def listing(self) -> list[dict[str, Any]]:
        """All of them with the names of their settings, without passwords and proxies' logins."""
        return [shown_account(provider) for provider in self._settings().providers]

    def parse(self, fields: dict[str, Any]) -> Provider:
        """The account that a client describes.

        An empty or masked password is that of the account of its ``provider_id``, if that has the
        same server and user: a password goes to nobody but the server it is for.

        Raises:
            InvalidRequestError: It is none.
        """
        fields = dict(fields)
        provider_id = fields.pop("provider_id", None)
        known = {name: fields[name] for name in ProviderSettings.model_fields if name in fields}
        known["id"] = provider_id if isinstance(provider_id, str) and provider_id else _UNNAMED
        try:
            described = ProviderSettings.model_validate(known)
        except ValidationError as error:
            raise InvalidRequestError(_wrong(error)) from None
        stored = self._stored(described.id)
        if stored is not None and described.password.get_secret_value() in {"", MASK}:
            ours = (stored.host, stored.port, stored.username)
            if ours != (described.host, described.port, described.username):
                raise InvalidRequestError(
                    "give the password: the stored one is for another server or user"
                )
            described = described.model_copy(update={"password": stored.password})
        return account_of(described)

    def _stored(self, provider_id: str) -> ProviderSettings | None:
        providers = self._settings().providers
        return next((one for one in providers if one.id == provider_id), None)


def shown_account(provider: ProviderSettings) -> dict[str, Any]:
    """An account with the names of its settings, without its password and its proxy's login."""
    fields = provider.model_dump(mode="json", exclude=set(_SECRETS))
    proxy = urlsplit(provider.proxy_url.get_secret_value())
    return {
        **fields,
        "password_set": bool(provider.password.get_secret_value()),
        "proxy_url": f"{proxy.scheme}://{proxy.hostname}:{proxy.port}" if proxy.scheme else "",
    }


def _wrong(error: ValidationError) -> str:
    """What is wrong with a description; it quotes no values, which may be passwords."""
    wrongs = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrongs)
