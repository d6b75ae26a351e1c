"""Settings of the JSON API."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from altmount.config.section import Allowed, Section

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#@]+")


def _prefix(text: str) -> str:
    parts = [part for part in text.split("/") if part]
    if not parts or any(not part.isprintable() or part in {".", ".."} for part in parts):
        raise ValueError("no path of a URL")
    return "/" + "/".join(parts)


def _origin(text: str) -> str:
    origin = text.strip().removesuffix("/").lower()
    if origin not in {"*", "null"} and not _ORIGIN.fullmatch(origin):
        raise ValueError("no origin")
    return origin


Origin = Annotated[str, AfterValidator(_origin)]
"""A web origin (RFC 6454): scheme, host and port."""


class ApiSettings(Section):
    """The section `api`."""

    prefix: Annotated[
        str, AfterValidator(_prefix), Allowed("a path such as `/api`, with at least one part")
    ] = "/api"
    """Path that the API lies under."""

    key_override: SecretStr = SecretStr("")
    """API key that is accepted besides those of the users; empty for none."""

    allowed_origins: Annotated[
        tuple[Origin, ...],
        Allowed("a list of origins such as `https://player.example.com`, or `*`"),
    ] = ()
    """Web pages that may call the API from a browser (CORS)."""
