"""Text in UDF: how wide its characters are, in a byte, and then these (OSTA's UDF 2.60, 2.1.1)."""

from __future__ import annotations

_WIDE = (16, 255)


def text_of(raw: bytes) -> str:
    """The text; empty if there is none."""
    if raw[:1] and raw[0] in _WIDE:
        return raw[1:].decode("utf-16-be", "replace")
    return raw[1:].decode("latin-1")
