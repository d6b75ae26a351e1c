"""Which links should stand for the files of a library: decided without looking at the disk."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from altmount.library.paths import VirtualPath, parts_of
from altmount.links.names import fitted, windows_name

STREAM_PATH = "/api/files/stream"
"""Where the addresses in .strm files lead."""

_ENDING = ".strm"
_LONGEST_URL = 1 << 16
"""In characters; what is longer is no .strm file of ours."""


class Kind(enum.StrEnum):
    """What a link is on the disk."""

    SYMLINK = "symlink"
    STRM = "strm"  #: A file with one line, the address of what is to be played.


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it should stand."""

    path: str
    """Below the folder of all links; ``/`` between its parts, none of them empty, ``.`` or
    ``..``."""

    kind: Kind
    text: str
    """A symlink's target, or a file's line."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """How files of the library are linked."""

    kind: Kind
    mount_path: str = ""
    """Where the library is mounted, without a last slash; for symlinks."""

    url_of: Callable[[str, str], str] | None = None
    """The address of a file, by its path and its id; for .strm files."""

    windows_names: bool = False

    def link(self, path: str, file_id: str) -> Link:
        """The link of the file at a path: where the library has it, below the folder of links."""
        place = self.place(path)
        if self.kind is Kind.SYMLINK:
            return Link(place, self.kind, f"{self.mount_path}{path}")
        if self.url_of is None:
            raise ValueError("there are no addresses for .strm files")
        return Link(place, self.kind, self.url_of(path, file_id))

    def place(self, path: str) -> str:
        """Where the link of the file at a path is."""
        ending = _ENDING if self.kind is Kind.STRM else ""
        return place_of(path, ending, windows_names=self.windows_names)


def kind_of(places: Iterable[str]) -> Kind | None:
    """What the links at some places are; those of one library are all alike. None for none."""
    for place in places:
        return Kind.STRM if place.endswith(_ENDING) else Kind.SYMLINK
    return None


def place_of(path: str, ending: str = "", *, windows_names: bool = False) -> str:
    """Where the links have what is at a path of the library, without a first slash."""
    parts = parts_of(VirtualPath(path))
    *folders, leaf = map(windows_name, parts) if windows_names else parts
    return "/".join([*map(fitted, folders), fitted(leaf, ending)])


def stream_url(base_url: str, fields: str) -> str:
    """An address of a stream.

    Args:
        base_url: Of the server, without a last slash.
        fields: The query, encoded.
    """
    return f"{base_url}{STREAM_PATH}?{fields}"


def base_url_of(host: str, port: int, *, base_path: str = "") -> str:
    """The server's address as players have it: ``host`` may be a name, an address or a URL."""
    if "://" in host:
        return host.rstrip("/")
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host or "localhost"
    return f"http://{name}:{port}{quote(base_path)}".rstrip("/")


def leads_into(target: str, mount_path: str) -> bool:
    """Whether a symlink's target is in the library, as it is mounted."""
    return bool(mount_path) and target.startswith(f"{mount_path}/")


def leads_as_named(target: str, place: str) -> bool:
    """Whether a symlink's target ends as the link itself is named, wherever the mount is."""
    depth = place.count("/") + 1
    _, *parts = target.split("/")
    if not target.startswith("/") or len(parts) <= depth or "" in parts[-depth:]:
        return False
    path = f"/{'/'.join(parts[-depth:])}"
    return place in (place_of(path), place_of(path, windows_names=True))


def plays_from_here(line: str) -> bool:
    """Whether a .strm file's content is an address of ours, or of the ancestor's.

    Of any server, since names and ports of servers change.
    """
    if len(line) > _LONGEST_URL or len(line.split()) != 1:
        return False
    try:
        url = urlsplit(line.strip())
        fields = dict(parse_qsl(url.query))
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and url.path.endswith(STREAM_PATH) and "path" in fields
