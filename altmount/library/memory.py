"""What the library remembers of its index, so that it is asked for each thing once."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence

from altmount.library.nodes import File, Folder
from altmount.library.paths import ROOT, VirtualPath, parent_of

Node = File | Folder

_NODES = 8192
"""Paths, those where nothing is among them; about 0.5 KB each."""

_LISTED = 20_000
"""Nodes in all remembered listings together."""


class Memory:
    """The nodes and listings used last. All are forgotten when anything changes."""

    def __init__(self) -> None:
        self._nodes: OrderedDict[VirtualPath, Node | None] = OrderedDict()
        self._listings: OrderedDict[VirtualPath, Sequence[Node]] = OrderedDict()
        self._places: OrderedDict[str, VirtualPath] = OrderedDict()
        self._listed = 0
        self.age = 0
        """Say it when keeping what was looked up: what has changed meanwhile is not kept."""

    def forget(self) -> None:
        self.age += 1
        self._nodes.clear()
        self._places.clear()
        self._listings.clear()
        self._listed = 0

    def knows(self, path: VirtualPath) -> bool:
        return path in self._nodes or (path != ROOT and parent_of(path) in self._listings)

    def node(self, path: VirtualPath) -> Node | None:
        """What is at a path that is known; ``None`` where nothing is."""
        if path in self._nodes:
            self._nodes.move_to_end(path)
            return self._nodes[path]
        listing = self._listings[parent_of(path)]
        at = bisect_left(listing, path, key=_path_of)
        return listing[at] if at < len(listing) and listing[at].path == path else None

    def keep(self, path: VirtualPath, node: Node | None, age: int) -> None:
        if age == self.age:
            self._nodes[path] = node
            self._nodes.move_to_end(path)
            while len(self._nodes) > _NODES:
                self._nodes.popitem(last=False)

    def place(self, node_id: str) -> VirtualPath | None:
        """Where the node with an id is, if that is known."""
        return self._places.get(node_id)

    def keep_place(self, node_id: str, path: VirtualPath, age: int) -> None:
        if age == self.age:
            self._places[node_id] = path
            while len(self._places) > _NODES:
                self._places.popitem(last=False)

    def listing(self, path: VirtualPath) -> Sequence[Node] | None:
        """What is in a folder, if that is known."""
        if path in self._listings:
            self._listings.move_to_end(path)
        return self._listings.get(path)

    def keep_listing(self, path: VirtualPath, nodes: Sequence[Node], age: int) -> None:
        """Keep a listing, which is by name; what is not in it is known not to be there."""
        if age != self.age or path in self._listings or len(nodes) > _LISTED:
            return
        self._listings[path] = nodes
        self._listed += len(nodes)
        while self._listed > _LISTED:
            _, oldest = self._listings.popitem(last=False)
            self._listed -= len(oldest)


def _path_of(node: Node) -> VirtualPath:
    return node.path
