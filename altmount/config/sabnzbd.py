"""Settings of what download clients would call folders and categories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from altmount.config.section import Allowed, Section

_AS_USUAL = -100


def _parts(text: str) -> str:
    parts = [part.strip() for part in text.split("/") if part.strip()]
    if any(part in {".", ".."} or "\\" in part or not part.isprintable() for part in parts):
        raise ValueError("no path of folders")
    return "/".join(parts)


def _folder(text: str) -> str:
    return f"/{_parts(text)}"


def _name(text: str) -> str:
    name = text.strip()
    if not name or not name.isprintable():
        raise ValueError("no name")
    return name


def _absolute(text: str) -> str:
    if not Path(text).is_absolute() or "\0" in text:
        raise ValueError("no absolute path")
    return text


def _base(text: str) -> str:
    base = text.strip().rstrip("/")
    if base and (not base.lower().startswith(("http://", "https://")) or not base.isprintable()):
        raise ValueError("no URL")
    return base


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
"""A path that begins at the root of the disk."""


def _priority(number: int) -> int:
    if number == _AS_USUAL:
        return 0
    if not -1 <= number <= 2:  # noqa: PLR2004 -- SABnzbd's scale
        raise ValueError("no priority")
    return number


class CategorySettings(Section):
    """One category of imports."""

    name: Annotated[
        str, AfterValidator(_name), Allowed("text that is not empty"), Field(examples=["Movies"])
    ]
    """What the category is called; each must have its own name."""

    dir: Annotated[
        str,
        AfterValidator(_parts),
        Allowed("folder names with `/` between them, without `.` and `..`, or empty"),
    ] = ""
    """Folder of its releases below `sabnzbd.complete_dir`; empty for its name."""

    order: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Where it stands in lists of categories: the lowest first."""

    priority: Annotated[
        int, AfterValidator(_priority), Allowed("2 (force), 1 (high), 0 (normal), -1 (low)")
    ] = 0
    """Of its jobs, where whoever hands them in asks for none. SABnzbd's -100 (as usual) is 0."""

    @property
    def folder(self) -> str:
        """Folder of its releases, relative to the folder of all imports."""
        return self.dir or self.name


def _unique(categories: tuple[CategorySettings, ...]) -> tuple[CategorySettings, ...]:
    if len({category.name for category in categories}) < len(categories):
        raise ValueError("two categories have the same name")
    return categories


class SabnzbdSettings(Section):
    """The section `sabnzbd`."""

    enabled: bool = False
    """Whether Sonarr, Radarr and other clients of SABnzbd are answered."""

    complete_dir: Annotated[
        str,
        AfterValidator(_folder),
        Allowed("a path in the library such as `/complete`, without `.` and `..`"),
    ] = "/complete"
    """Folder of the library that all imports are put under."""

    private_hosts: Annotated[
        tuple[str, ...],
        Allowed("a list of names, addresses or networks such as `prowlarr` or `192.168.1.0/24`"),
    ] = ()
    """Hosts in your own network that NZBs may be fetched from where a client hands in a URL
    (`addurl`). Others there are refused; the internet is not. List the host of Prowlarr or of
    another indexer manager here, as it stands in those URLs."""

    local_folders: Annotated[
        tuple[AbsolutePath, ...], Allowed("a list of absolute paths such as `/downloads/nzb`")
    ] = ()
    """Folders whose NZBs a client may name by their paths (`addlocalfile`, `/api/import/file`, and
    `/api/import/scan` for all of a folder), with all below them."""

    fallback_host: Annotated[
        str, AfterValidator(_base), Allowed("a URL that begins with http:// or https://, or empty")
    ] = ""
    """URL of a SABnzbd that is handed what cannot be played from here, such as
    `http://sabnzbd:8080/sabnzbd`; with `sabnzbd.fallback_api_key`."""

    fallback_api_key: SecretStr = SecretStr("")
    """Its API key; without one nothing is handed on."""

    categories: Annotated[
        tuple[CategorySettings, ...],
        AfterValidator(_unique),
        Allowed("a list of categories, each with its own name"),
    ] = tuple(CategorySettings(name=name) for name in ("Movies", "TV", "Music", "Books", "Adult"))
    """The categories, each with a folder of its own."""
