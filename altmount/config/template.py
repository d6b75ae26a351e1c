"""The settings file that is written where there is none."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from altmount.config.keys import Key, Shape, keys_of
from altmount.config.section import Section
from altmount.config.settings import Settings
from altmount.config.wording import allowed, in_yaml
from altmount.config.writing import write_whole

_WIDTH = 96
_HEAD = """\
# Settings of altmount.
#
# Each key stands here in a comment, with its default. To change one, take the # away
# in front of it. All keys are explained in docs/reference/settings.md.
"""


def write_default(path: Path) -> None:
    """Write the file of defaults, at once or not at all, for the eyes of its owner only.

    Raises:
        OSError: It cannot be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, default_text().encode())


def default_text() -> str:
    """The file of defaults."""
    lines = [_HEAD]
    for key in keys_of(Settings).values():
        if key.shape is Shape.SCALAR:
            lines += _comment(f"{key.text} Allowed: {allowed(key)}.", "")
            lines += [f"#{key.name}: {in_yaml(key.default)}", ""]
            continue
        lines += _comment(key.text, "")
        lines.append(f"{key.name}:")
        lines += _section(key) if key.shape is Shape.SECTION else _entries(key, "  ")
        lines.append("")
    return "\n".join(lines)


def _section(section: Key) -> Iterator[str]:
    for key in keys_of(section.kind).values():
        yield from _comment(f"{key.text} Allowed: {allowed(key)}.", "  ")
        if key.shape is Shape.SECTIONS:
            yield f"  #{key.name}:"
            yield from _entries(key, "  ")
        elif key.shape is Shape.TEXTS and key.default:
            yield f"  #{key.name}:"
            yield from (f"  #  - {in_yaml(text)}" for text in key.default)
        else:
            yield f"  #{key.name}: {in_yaml('' if key.default is None else key.default)}"


def _entries(key: Key, indent: str) -> Iterator[str]:
    """The entries of a list that are there by default, or else an example of one."""
    for below in keys_of(key.kind).values():
        yield from _comment(f"{below.name}: {below.text} Allowed: {allowed(below)}.", indent)
    for entry in key.default or [_example(key.kind)]:
        values = entry if isinstance(entry, dict) else dict(entry)
        for number, (name, value) in enumerate(values.items()):
            yield f"{indent}#  {'- ' if number == 0 else '  '}{name}: {in_yaml(value)}"


def _example(section: type[Section]) -> dict[str, object]:
    keys = keys_of(section).values()
    return {key.name: (key.field.examples or [key.default])[0] for key in keys}


def _comment(text: str, indent: str) -> list[str]:
    lead = f"{indent}# "
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=lead,
        subsequent_indent=lead,
        break_long_words=False,
        break_on_hyphens=False,
    )
