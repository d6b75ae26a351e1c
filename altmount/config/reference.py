"""The reference page of the settings, made of what the sections say about themselves."""

from __future__ import annotations

from collections.abc import Iterator

from altmount.config import ancestor
from altmount.config.environment import DELIMITER, PREFIX
from altmount.config.keys import Key, Loc, Shape, dotted, keys_of
from altmount.config.settings import Settings
from altmount.config.wording import allowed, in_yaml, type_of, variable_of

_HEAD = """\
# Settings

`altmount serve --config FILE` reads one YAML file. If there is none, it is written with all
defaults in comments. What stands in the environment goes on top of the file.

- The keys are those of the Go program that altmount descends from, so that its files load
  unchanged. Keys that this version does not act on, and keys that nobody knows, are named in
  a warning. A wrong value is an error that says where it is written and what is allowed; the
  program then ends with exit code 2.
- Upper and lower case make no difference in keys. A value is taken as what its key needs:
  `"60"` is a number where a number is needed, `1234` a text where a text is needed, and
  `yes`, `on` and `1` are true where true or false is needed. A key without a value (`null`)
  has its default. For a list of texts, one text with commas will do.
- The same key twice is an error. The file may be 1 MiB long.
- A relative path starts at the folder of the settings file.
- A variable is named `ALTMOUNT_`, the section, two underscores, the key:
  `ALTMOUNT_STREAMING__MAX_PREFETCH=40`. One field of one entry of a list has the number of
  the entry in its name, from 0: `ALTMOUNT_PROVIDERS__0__PASSWORD`. A whole list or section
  is given as JSON: `ALTMOUNT_IMPORT__ALLOWED_FILE_EXTENSIONS='[".mkv", ".mp4"]'`. An empty
  variable counts as not set.
- `PORT` wins over `webdav.port` and `ALTMOUNT_WEBDAV__PORT`. So do `JWT_SECRET`, `COOKIE_DOMAIN`
  and `COOKIE_SECURE` over the keys of `auth`.

This page is generated; change the docstrings in `altmount/config/` instead.
"""

_FOOT = """\
## Known, but not acted on

These keys of the Go program are accepted with a warning. They change nothing in this version.
`user_agent` of a provider never will: NNTP has nothing to send it in, and the Go program sent it
nowhere either.
"""


def settings_reference() -> str:
    """The page, in Markdown."""
    lines = [_HEAD]
    for key in keys_of(Settings).values():
        lines += [f"## {key.name}", "", key.text, ""]
        if key.shape is Shape.SCALAR:
            lines += _facts(key, (key.name,))
            continue
        loc: Loc = (key.name, 0) if key.shape is Shape.SECTIONS else (key.name,)
        lines += _section(key, loc)
    lines += [_FOOT, *_not_acted_on(), ""]
    return "\n".join(lines)


def _section(section: Key, loc: Loc) -> Iterator[str]:
    for key in keys_of(section.kind).values():
        yield from _entry(key, (*loc, key.name))
        if key.shape is Shape.SECTIONS:
            yield from _section(key, (*loc, key.name, 0))


def _entry(key: Key, loc: Loc) -> Iterator[str]:
    name = dotted(loc).replace("[0]", "[]")
    yield from (f"### `{name}`", "", key.text, "")
    yield from _facts(key, loc)


def _facts(key: Key, loc: Loc) -> Iterator[str]:
    yield f"- Type: {type_of(key)}"
    yield f"- Default: {_default(key)}"
    yield f"- Allowed: {allowed(key)}"
    yield f"- Environment: `{variable_of(loc, PREFIX, DELIMITER)}`"
    yield ""


def _default(key: Key) -> str:
    if key.required:
        return "none; it must be given"
    if key.default is None:
        return "none"
    if key.shape is Shape.SECTIONS:
        return ", ".join(f"`{entry.name}`" for entry in key.default)
    return f"`{in_yaml(key.default)}`"


def _not_acted_on() -> Iterator[str]:
    for section in ("", *sorted(ancestor.SECTIONS)):
        keys = sorted(ancestor.keys_in(section))
        title = f"`{section}`" if section else "top of the file"
        yield f"- {title}: {', '.join(f'`{key}`' for key in keys)}"
