"""What a request carries on its way through wsgidav, beside what WSGI puts there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from altmount.library.actor import Actor

Environ = dict[str, Any]

PREFIX = "HTTP_X_ALTMOUNT_PREFIX"
"""Says where the share begins in the client's URLs."""

USER, CLIENT = "HTTP_X_ALTMOUNT_USER", "HTTP_X_ALTMOUNT_CLIENT"
"""Say who the client is, in percent-encoding."""

BODY = "HTTP_X_ALTMOUNT_BODY"
"""Says under which name the front door holds the body of a PUT."""

CREATED = "altmount.created"
"""Set where a COPY or MOVE made something that was not there: wsgidav would not say so."""


def actor_of(environ: Mapping[str, Any]) -> Actor:
    """Who sent a request, as the front door knows it."""
    return Actor("webdav", unquote(environ.get(USER, "")), unquote(environ.get(CLIENT, "")))
