"""Settings of the login."""

from __future__ import annotations

from altmount.config.section import Section


class AuthSettings(Section):
    """The section `auth`."""

    login_required: bool = True
    """Whether only those may come in who log in or show a key. Whoever changes
    something over WebDAV must log in in any case."""
