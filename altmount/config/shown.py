"""Settings as clients may see them: secrets are only said to be there."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from altmount.config.keys import Shape, keys_of
from altmount.config.section import Section
from altmount.logs.redaction import redacted

MASK = "********"
"""Stands for a secret that is set. Who sends it back leaves the secret as it is."""


def shown(section: Section) -> dict[str, Any]:
    """The values of a section by their keys, as JSON has them.

    A secret has ``<key>_set`` beside it, which says whether there is one.
    """
    told: dict[str, Any] = {}
    for (field, _), key in zip(
        type(section).model_fields.items(), keys_of(type(section)).values(), strict=True
    ):
        value = getattr(section, field)
        told[key.name] = _shown(value)
        if key.secret and key.shape is Shape.SCALAR:
            told[f"{key.name}_set"] = bool(value.get_secret_value())
    return told


def _shown(value: object) -> object:
    match value:
        case SecretStr():
            return MASK if value.get_secret_value() else ""
        case Section():
            return shown(value)
        case tuple():
            return [_shown(one) for one in value]
        case str():
            return redacted(value)  # a URL may have a key in it
        case bool() | int():
            return value
        case _:
            return "" if value is None else str(value)
