"""The answer to a PROPFIND, in pieces (RFC 4918, section 13).

wsgidav answers the same, some eight times slower; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from altmount.library.nodes import Folder
from altmount.webdav.properties import (
    NOT_IN_ALL,
    Producer,
    Surroundings,
    id_of,
    properties_of_files,
    properties_of_folders,
)
from altmount.webdav.propfind import Wanted
from altmount.webdav.share import Node
from altmount.webdav.xml import DAV, empty_element

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:" xmlns:A="altmount:">'
TAIL = "</D:multistatus>"

_OK = "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
_MISSING = "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"


class DeadProperties(Protocol):
    """What clients set, by the id of what they set it on."""

    def of(self, id: str) -> Mapping[str, str]:  # noqa: A002 - the library's word
        """Whole elements, by their names in Clark notation."""


def responses(
    wanted: Wanted,
    nodes: Iterable[tuple[str, Node]],
    around: Surroundings,
    dead: DeadProperties,
) -> Iterator[str]:
    """A ``response`` element for each resource.

    Args:
        wanted: What is asked for.
        nodes: The resources, each with its ``href``.
        around: What the properties depend on beside them.
        dead: What clients set.
    """
    files = _Template(wanted, properties_of_files(around))
    folders = _Template(wanted, properties_of_folders(around))
    for where, node in nodes:
        template = folders if isinstance(node, Folder) else files
        set_here = dead.of(id_of(node)) if template.asks_for_dead else {}
        told = template.fill(node, set_here)
        yield f"<D:response><D:href>{where}</D:href>{told}</D:response>"


class _Template:
    """All that is the same for every resource of a kind, made once."""

    def __init__(self, wanted: Wanted, live: Mapping[str, Producer]) -> None:
        self._wanted = wanted
        if wanted.all:
            names = [name for name in live if name not in NOT_IN_ALL]
            names += [name for name in wanted.names if name not in names]
        else:
            names = list(live) if wanted.names_only else list(wanted.names)
        self._live = [(_tag(name), live[name]) for name in names if name in live]
        self._others = [name for name in names if name not in live]
        self._missing = "".join(map(empty_element, self._others))
        self._names = "".join(f"<{tag}/>" for tag, _ in self._live)
        self.asks_for_dead = bool(wanted.all or wanted.names_only or self._others)

    def fill(self, node: Node, dead: Mapping[str, str]) -> str:
        """The ``propstat`` elements of one resource."""
        if self._wanted.names_only:
            found = self._names + "".join(map(empty_element, dead))
            return f"<D:propstat><D:prop>{found}</D:prop>{_OK}"
        found = "".join(
            [
                f"<{tag}>{value}</{tag}>" if (value := produce(node)) else f"<{tag}/>"
                for tag, produce in self._live
            ]
        )
        missing = self._missing
        if dead:
            told = dead if self._wanted.all else [name for name in self._others if name in dead]
            found += "".join(dead[name] for name in told)
            missing = "".join(empty_element(name) for name in self._others if name not in dead)
        stats = f"<D:propstat><D:prop>{found}</D:prop>{_OK}" if found or not missing else ""
        if missing:
            stats += f"<D:propstat><D:prop>{missing}</D:prop>{_MISSING}"
        return stats


def _tag(name: str) -> str:
    return f"D:{name[len(DAV) :]}" if name.startswith(DAV) else f"A:{name.rpartition('}')[2]}"
