"""What a client asks for: the parameters of a request, as SABnzbd reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_NAMED = 1000
"""How many jobs, categories and the like a request can name at once."""

_YES = frozenset({"1", "true", "yes", "on", "t", "y"})
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a request."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. What it does not say is empty; what makes no sense counts as not said."""

    values: Mapping[str, str]
    file: File | None = None

    def text(self, *names: str) -> str:
        """The first of some parameters that says anything, without spaces around it."""
        return next((text for name in names if (text := self.values.get(name, "").strip())), "")

    def number(self, name: str) -> int:
        """A number of 0 or more, and of 9 digits at most; 0 for what is none."""
        text = self.text(name)
        digits = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        return int(text) if digits else 0

    def integer(self, name: str) -> int | None:
        """A whole number, perhaps with a sign; None for what is none."""
        text = self.text(name)
        sign = -1 if text.startswith("-") else 1
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
            return None
        return sign * int(digits)

    def flag(self, name: str) -> bool:
        """Whether something is wanted."""
        return self.text(name).lower() in _YES

    def several(self, *names: str) -> list[str]:
        """What stands between commas, each once and in its order; the first thousand."""
        parts = (part.strip() for part in self.text(*names).split(","))
        return list(dict.fromkeys(part for part in parts if part))[:MOST_NAMED]
