"""What paths are called in URLs."""

from __future__ import annotations

import re
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9._~/-]*")
_SAFE = "/!*'(),$-_.~"


def href(prefix: str, path: str, *, folder: bool) -> str:
    """The path of a URL: percent-encoded, and with a slash at a folder's end."""
    encoded = path if _PLAIN.fullmatch(path) else quote(path, safe=_SAFE)
    return f"{prefix}{encoded}/" if folder and path != "/" else f"{prefix}{encoded}"
