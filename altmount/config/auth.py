"""Settings of the login."""

from __future__ import annotations

from altmount.config.section import Section


class AuthSettings(Section):
    """The section `auth`."""

    login_required: bool = True
    """Whether the API is closed to those who do not log in or show a key."""
