"""The settings: whether they can be read, and what is unwise about them."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from altmount.auth.gate import WELL_KNOWN_PASSWORD
from altmount.config.document import MAX_BYTES, printable
from altmount.config.errors import SettingsError
from altmount.config.load import settings_in
from altmount.config.selection import NOT_ACTED_ON
from altmount.config.settings import Settings
from altmount.doctor.aside import aside
from altmount.doctor.finding import Finding, Grade, Say

CHECK = "settings"
SECONDS = 15.0

_LONGEST_LINE = 2000
_ALLOWED = "; allowed: "
_OTHERS = stat.S_IROTH | stat.S_IWOTH


@dataclass(slots=True)
class Configuration:
    """Reads settings without changing anything, and says what it thinks of them.

    Args:
        path: The file.
        environ: The environment that goes on top.
    """

    path: Path
    environ: Mapping[str, str] = field(repr=False)
    settings: Settings | None = None
    """What was read, if it can be used."""

    async def look(self, say: Say) -> None:
        """Read them, and say what is wrong."""
        settings, findings = await aside(self._read, name="settings")
        for finding in findings:
            say(finding)
        self.settings = settings

    def _read(self) -> tuple[Settings | None, list[Finding]]:
        path = self.path.absolute()
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe would never end
                fix = "Name the file of the settings with --config."
                return None, [_finding(path, Grade.ERROR, "this is no file", fix)]
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            fix = "Name it with --config; or start `altmount serve`, which writes one."
            return None, [_finding(path, Grade.ERROR, "there is no such file", fix)]
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            fix = "Let the user that runs altmount read it."
            return None, [_finding(path, Grade.ERROR, f"it cannot be read: {reason}", fix)]
        try:
            loaded = settings_in(data, path, self.environ)
        except SettingsError as error:
            return None, [_wrong(path, problem) for problem in error.problems]
        found = [_warned(path, warning) for warning in loaded.warnings]
        found += _unwise(path, status.st_mode, loaded.settings)
        count = sum(provider.enabled for provider in loaded.settings.providers)
        accounts = "1 account is enabled" if count == 1 else f"{count} accounts are enabled"
        return loaded.settings, [_finding(path, Grade.OK, f"they can be used; {accounts}"), *found]


def _wrong(path: Path, problem: str) -> Finding:
    text, _, allowed = problem[:_LONGEST_LINE].partition(_ALLOWED)
    fix = f"Put there: {allowed}." if allowed else "See docs/reference/settings.md."
    return _finding(path, Grade.ERROR, text, fix)


def _warned(path: Path, warning: str) -> Finding:
    if warning.startswith(NOT_ACTED_ON):
        return _finding(path, Grade.NOTE, warning[:_LONGEST_LINE])
    fix = "See docs/reference/settings.md."
    return _finding(path, Grade.WARNING, warning[:_LONGEST_LINE], fix)


def _unwise(path: Path, mode: int, settings: Settings) -> Iterator[Finding]:
    if mode & _OTHERS:
        text = "every user of this machine may read or change it, and there are passwords in it"
        yield _finding(path, Grade.WARNING, text, f"chmod o-rwx {printable(str(path), 1000)}")
    if settings.webdav.password.get_secret_value() == WELL_KNOWN_PASSWORD:
        text = "webdav.password is the default, which everyone knows"
        yield _finding(path, Grade.WARNING, text, "Choose another, and tell it to your players.")


def _finding(path: Path, grade: Grade, text: str, fix: str = "") -> Finding:
    return Finding(CHECK, str(path), grade, text, fix)
