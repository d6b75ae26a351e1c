"""The live properties of what is on the share (RFC 4918, section 15; RFC 4331 for quotas).

Clients set others; those are dead properties, and the server only keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from altmount.library.nodes import Folder, Usage
from altmount.library.paths import VirtualPath, name_of
from altmount.web.contents import presentation_of
from altmount.web.dates import http_date
from altmount.webdav.receipts import Receipt
from altmount.webdav.share import Node
from altmount.webdav.urls import href
from altmount.webdav.xml import DAV, text

ALTMOUNT = "{altmount:}"
FILESYSTEM = "altmount-nzbfs-v1"
"""Tells a client that two paths are of one file system, so that it moves and does not copy."""

NO_LOCKS: Mapping[VirtualPath, Sequence[str]] = {}

SUPPORTED_LOCKS = "".join(
    f"<D:lockentry><D:lockscope><D:{scope}/></D:lockscope>"
    "<D:locktype><D:write/></D:locktype></D:lockentry>"
    for scope in ("exclusive", "shared")
)

Producer = Callable[[Node], str]
"""Gives the content of a property's element, as XML."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What properties depend on beside the resource itself."""

    prefix: str
    """Where the share begins in URLs."""

    usage: Usage
    locks: Mapping[VirtualPath, Sequence[str]] = field(default_factory=lambda: NO_LOCKS)
    """The locks on each path: what is in their ``activelock``, but for the ``lockroot``."""


def properties_of_files(around: Surroundings) -> Mapping[str, Producer]:
    """The live properties of a file, by their names in Clark notation."""
    return {
        f"{DAV}resourcetype": lambda _: "",
        f"{DAV}getcontentlength": _length,
        f"{DAV}getcontenttype": content_type,
        f"{DAV}getetag": _etag,
        **_common(around),
    }


def properties_of_folders(around: Surroundings) -> Mapping[str, Producer]:
    """The live properties of a folder, by their names in Clark notation."""
    return {
        f"{DAV}resourcetype": lambda _: "<D:collection/>",
        f"{DAV}quota-available-bytes": lambda _: str(around.usage.room),
        f"{DAV}quota-used-bytes": lambda _: str(around.usage.local),
        **_common(around),
    }


NOT_IN_ALL = {f"{DAV}quota-available-bytes", f"{DAV}quota-used-bytes"}
"""What is only told to who asks for it by name (RFC 4331, section 2)."""


def content_type(node: Node) -> str:
    """What a file is said to be, the same as a GET says."""
    return presentation_of(name_of(node.path)).content_type


def created(node: Node) -> datetime:
    """When it came to be."""
    return node.modified if isinstance(node, Receipt) else node.created


def id_of(node: Node) -> str:
    """What names it for good; empty for what only exists here."""
    return "" if isinstance(node, Receipt) else node.id


def _common(around: Surroundings) -> Mapping[str, Producer]:
    return {
        f"{DAV}displayname": lambda node: text(name_of(node.path)),
        f"{DAV}creationdate": lambda node: _timestamp(created(node)),
        f"{DAV}getlastmodified": lambda node: _http_date(node.modified),
        f"{DAV}supportedlock": lambda _: SUPPORTED_LOCKS,
        f"{DAV}lockdiscovery": lambda node: _locks(node, around),
        f"{ALTMOUNT}filesystem-id": lambda _: FILESYSTEM,
        f"{ALTMOUNT}id": id_of,
    }


def _locks(node: Node, around: Surroundings) -> str:
    held = around.locks.get(node.path)
    if not held:
        return ""
    root = href(around.prefix, node.path, folder=isinstance(node, Folder))
    lockroot = f"<D:lockroot><D:href>{root}</D:href></D:lockroot>"
    return "".join(f"<D:activelock>{one}{lockroot}</D:activelock>" for one in held)


def _length(node: Node) -> str:
    return "" if isinstance(node, Folder) else str(node.size)


def _etag(node: Node) -> str:
    return "" if isinstance(node, Folder) else f'"{node.etag}"'


# All files of a release are of a few moments.
_http_date = lru_cache(4096)(http_date)


@lru_cache(4096)
def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
