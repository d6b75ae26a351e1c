"""Transforms as a section of a sidecar: a line of JSON for each file that has one.

::

    {"entry": 0, "aes": [[stored, size, skip, key, iv], ...]}     keys and IVs in hex
    {"entry": 1, "rclone": [key, nonce]}
    {"entry": 2, "padded": [[start, stop], ...]}
    {"entry": 3, "unpacked": content}                             in base64
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from altmount.ciphers.rclone import NONCE_BYTES
from altmount.reader.transform import (
    Encrypted,
    Padded,
    RcloneCrypt,
    Strand,
    Transform,
    Unpacked,
)
from altmount.spans import Span

_KEY_BYTES = 32


def written_transforms(transforms: Iterable[Transform | None]) -> bytes:
    """The section, for the transforms of all entries."""
    return b"\n".join(
        json.dumps({"entry": index, **_facts(transform)}).encode()
        for index, transform in enumerate(transforms)
        if transform is not None
    )


def read_transforms(section: bytes | memoryview) -> Mapping[int, Transform]:
    """The transforms in a section, by entry.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, RecursionError: It is damaged.
    """
    found = {}
    for line in bytes(section).splitlines():
        facts = json.loads(line)
        entry = int(facts.pop("entry"))
        found[entry] = _transform(facts)
    return found


def _facts(transform: Transform) -> dict[str, object]:
    match transform:
        case Encrypted(strands):
            return {"aes": [_row(strand) for strand in strands]}
        case RcloneCrypt(key, nonce):
            return {"rclone": [key.hex(), nonce.hex()]}
        case Padded(holes):
            return {"padded": [[hole.start, hole.stop] for hole in holes]}
        case Unpacked(content):
            return {"unpacked": base64.b64encode(content).decode("ascii")}


def _row(strand: Strand) -> list[object]:
    return [strand.stored, strand.size, strand.skip, strand.key.hex(), strand.iv.hex()]


def _transform(facts: dict[str, Any]) -> Transform:
    [(kind, value)] = facts.items()
    if kind == "aes":
        return Encrypted(
            tuple(
                Strand(int(stored), int(size), bytes.fromhex(key), bytes.fromhex(iv), int(skip))
                for stored, size, skip, key, iv in value
            )
        )
    if kind == "rclone":
        key, nonce = map(bytes.fromhex, value)
        if len(key) != _KEY_BYTES or len(nonce) != NONCE_BYTES:
            raise ValueError("a key or a nonce has a size that none has")
        return RcloneCrypt(key, nonce)
    if kind == "padded":
        return Padded(tuple(Span(int(start), int(stop)) for start, stop in value))
    if kind == "unpacked":
        return Unpacked(base64.b64decode(value, validate=True))
    raise ValueError(f"no transform is called {kind!r}")
