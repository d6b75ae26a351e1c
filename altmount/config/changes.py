"""What differs between two settings."""

from __future__ import annotations

from collections.abc import Iterator

from altmount.config.keys import Shape, keys_of
from altmount.config.section import Section


def changed_keys(before: Section, after: Section, above: str = "") -> Iterator[str]:
    """The keys whose values differ, as people write them; of a list, its key.

    Values are not told: they may be secrets.
    """
    for (field, _), key in zip(
        type(before).model_fields.items(), keys_of(type(before)).values(), strict=True
    ):
        was, now = getattr(before, field), getattr(after, field)
        if was == now:
            continue
        name = f"{above}{key.name}"
        if key.shape is Shape.SECTION:
            yield from changed_keys(was, now, f"{name}.")
        else:
            yield name
