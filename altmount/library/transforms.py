"""Transforms as a section of a sidecar: a line of JSON for each file that has one.

::

    {"entry": 0, "aes": [[stored, size, skip, key, iv], ...]}     keys and IVs in hex; of what is
                                                                  plain [size]
    {"entry": 0, "layers": [rows, ...]}                           rows as of "aes"; the first are
                                                                  of the map's bytes
    {"entry": 1, "rclone": [key, nonce]}
    {"entry": 2, "padded": [[start, stop], ...]}
    {"entry": 3, "unpacked": content}                             in base64
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from altmount.ciphers.rclone import NONCE_BYTES
from altmount.reader.transform import (
    Encrypted,
    Padded,
    Plain,
    RcloneCrypt,
    Strand,
    Transform,
    Unpacked,
)
from altmount.spans import Span

_KEY_BYTES = 32

_MOST_LAYERS = 8
"""No import makes as many."""


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
        case Encrypted():
            *below, last = layers_of(transform)
            return {"layers": [*below, last]} if below else {"aes": last}
        case RcloneCrypt(key, nonce):
            return {"rclone": [key.hex(), nonce.hex()]}
        case Padded(holes):
            return {"padded": [[hole.start, hole.stop] for hole in holes]}
        case Unpacked(content):
            return {"unpacked": base64.b64encode(content).decode("ascii")}


def layers_of(transform: Encrypted | None) -> list[list[list[object]]]:
    """The rows of each layer, the first of the map's bytes."""
    if transform is None:
        return []
    return [*layers_of(transform.below), [_row(strand) for strand in transform.strands]]


def _row(strand: Strand | Plain) -> list[object]:
    if isinstance(strand, Plain):
        return [strand.size]
    return [strand.stored, strand.size, strand.skip, strand.key.hex(), strand.iv.hex()]


def _transform(facts: dict[str, Any]) -> Transform:
    [(kind, value)] = facts.items()
    if kind in {"aes", "layers"}:
        return read_layers([value] if kind == "aes" else value)
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


def read_layers(layers: Sequence[list[Any]]) -> Encrypted:
    """What :func:`layers_of` gave.

    Raises:
        ValueError, TypeError: It is damaged.
    """
    found: Encrypted | None = None
    for rows in layers:
        found = Encrypted(tuple(map(_strand, rows)), found)
    if found is None or len(layers) > _MOST_LAYERS:
        raise ValueError(f"what is encrypted has {len(layers)} layers")
    return found


def _strand(row: list[Any]) -> Strand | Plain:
    if len(row) == 1:
        return Plain(int(row[0]))
    stored, size, skip, key, iv = row
    return Strand(int(stored), int(size), bytes.fromhex(key), bytes.fromhex(iv), int(skip))
