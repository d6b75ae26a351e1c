"""From a file and an environment to settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from altmount.config.document import MAX_BYTES, printable, read_document
from altmount.config.environment import overlay
from altmount.config.errors import SettingsError
from altmount.config.keys import dotted, key_at
from altmount.config.providers import Providers, with_unique_ids
from altmount.config.selection import Selection, select
from altmount.config.settings import Settings
from altmount.config.template import write_default
from altmount.config.wording import allowed, shown

_LONGEST_PATH = 1000
_SHORT_KEY = 16


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and what their owner should know about them."""

    settings: Settings
    warnings: tuple[str, ...]
    """A line each, without secrets."""


def load_settings(path: Path, environ: Mapping[str, str]) -> Loaded:
    """Read the settings of a file, with the environment on top.

    A file that does not exist is written first, with all defaults in comments. Relative
    paths start at the folder of the file.

    Args:
        path: The YAML file.
        environ: ``ALTMOUNT_<SECTION>__<KEY>`` variables, and ``PORT``; others are ignored.

    Raises:
        SettingsError: The file cannot be read or written, or values in it or in the
            environment are wrong.
    """
    path = path.absolute()
    written = False
    try:
        if not path.exists():
            write_default(path)
            written = True
        data = _read(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError([f"{_shown(path)}: cannot be read or written: {reason}"]) from error
    loaded = settings_in(data, path, environ)
    if not written:
        return loaded
    said = f"{_shown(path)}: there was no such file; it was written, with the defaults"
    return Loaded(loaded.settings, (said, *loaded.warnings))


def settings_in(data: bytes, path: Path, environ: Mapping[str, str]) -> Loaded:
    """The settings in what a file has, with the environment on top; nothing is read or written.

    Raises:
        SettingsError: Values in it or in the environment are wrong.
    """
    laid = overlay(read_document(data, _shown(path)), environ)
    selection = select(Settings, laid.document, path.parent)
    settings = _settings(selection)
    providers, renamed = with_unique_ids(settings.providers)
    settings = settings.model_copy(update={"providers": providers})
    warnings = (*selection.warnings, *laid.warnings, *renamed, *_advice(settings))
    return Loaded(settings, warnings)


def _shown(path: Path) -> str:
    return printable(str(path), _LONGEST_PATH)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _settings(selection: Selection) -> Settings:
    """Validate what was selected, and put everything that is wrong into one error."""
    problems = list(selection.problems.values())
    try:
        settings = Settings.model_validate(selection.tree)
    except ValidationError as error:
        problems += _problems(error, selection)
    if problems:
        # Not chained: the error underneath quotes values.
        raise SettingsError(problems) from None
    return settings


def _problems(error: ValidationError, selection: Selection) -> Iterator[str]:
    for wrong in error.errors(include_url=False, include_context=False):
        loc = wrong["loc"]
        if any(loc[: len(known)] == known for known in selection.problems):
            continue
        key = key_at(Settings, loc)
        found = "missing" if wrong["type"] == "missing" else shown(key, wrong["input"])
        wanted = allowed(key) if key is not None else wrong["msg"]
        yield f"{selection.place(loc)}: {dotted(loc)} is {found}; allowed: {wanted}"


def _advice(settings: Settings) -> Iterator[str]:
    if not _usable(settings.providers):
        yield "providers: none is enabled; nothing can be imported or played until one is added"
    if 0 < len(settings.api.key_override.get_secret_value()) < _SHORT_KEY:
        yield f"api.key_override: shorter than {_SHORT_KEY} characters, so easily guessed"


def _usable(providers: Providers) -> bool:
    return any(provider.enabled for provider in providers)
