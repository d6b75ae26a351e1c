"""Why something was not fetched."""

from __future__ import annotations

from altmount.errors import InvalidRequestError, PermanentError, TemporaryError


class PrivateAddressError(InvalidRequestError):
    """The address is in a private network, and its host is not listed."""

    def __init__(self, host: str, setting: str) -> None:
        super().__init__(f"{host} is in a private network; list it in {setting} if it is meant")


class FetchError(TemporaryError):
    """It could not be fetched now."""

    def __init__(self, said: str, retry_after: float = 0.0) -> None:
        super().__init__(said)
        self.retry_after = retry_after
        """How long the web server wants to be left alone, in seconds; 0 if it did not say."""


class FetchRefusedError(PermanentError):
    """The web server does not give it out."""
