"""What can be wrong with a login."""

from __future__ import annotations

from altmount.errors import ForbiddenError


class WrongLoginError(ForbiddenError):
    """There is no such account, or it has another password; which of both is not told."""


class RegistrationClosedError(ForbiddenError):
    """Someone came first, and an admin makes the accounts from then on."""
