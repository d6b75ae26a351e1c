"""Settings of the login."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr

from altmount.config.section import Allowed, Section, one_line


class AuthSettings(Section):
    """The section `auth`."""

    login_required: bool = True
    """Whether only those may use the API who log in or show a key. Files, WebDAV and SABnzbd's API
    ask for a login or a key in any case."""

    jwt_secret: SecretStr = SecretStr("")
    """What logins are signed with; if empty, a secret that is made at the first start and kept in
    the file `secret` of `metadata.root_path`. Another one ends all logins. The variable
    `JWT_SECRET`, if set, wins."""

    cookie_domain: Annotated[
        str, AfterValidator(one_line), Allowed("a domain such as `example.com`, or empty")
    ] = ""
    """Domain that the cookie of a login is for; if empty, the host that was asked. Pages of it
    may call the API if `api.allowed_origins` says nothing else. The variable `COOKIE_DOMAIN`, if
    set, wins."""

    cookie_secure: Literal["auto", "always", "never"] = "auto"
    """Whether browsers send the cookie of a login over HTTPS only; `auto` if it was made over
    HTTPS. The variable `COOKIE_SECURE`, if set, wins: `false` is never, all else always."""
