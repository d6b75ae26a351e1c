"""What is in folders, looked up once, and ahead for who goes through one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from altmount.db.files import Files
from altmount.db.nodes import NodeRow
from altmount.library.memory import Memory
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath, join, parent_of
from altmount.library.views import view

Node = File | Folder

_AHEAD = 50
"""How many folders are listed ahead with one look-up."""

_MOST = 1000
"""How many nodes are looked up ahead."""


class Listings:
    """Lists folders.

    Media servers and rclone list one folder after the other. Whoever lists a folder, and has listed
    the one before it, finds the next ones remembered.
    """

    def __init__(self, files: Files, memory: Memory) -> None:
        self._files = files
        self._memory = memory

    async def of(self, folder: Folder) -> Sequence[Node]:
        """What is in a folder, by name."""
        found = self._memory.listing(folder.path)
        if found is not None:
            return found
        if following := self._following(folder.path):
            await self._look_ahead([folder, *following])
            found = self._memory.listing(folder.path)
            if found is not None:
                return found
        age = self._memory.age
        nodes: list[Node] = []
        async for rows in self._files.children(folder.id):
            nodes += _seen(folder, rows)
        self._memory.keep_listing(folder.path, nodes, age)
        return nodes

    async def _look_ahead(self, folders: Sequence[Folder]) -> None:
        """Remember what is in some folders, those whose turn comes within the bound."""
        age = self._memory.age
        by_id = {folder.id: folder for folder in folders}
        found: dict[str, list[NodeRow]] = {node_id: [] for node_id in by_id}
        count, last = 0, ""
        async for rows in self._files.descend(list(by_id), 1):
            for row in rows:
                last = row.parent or ""
                found[last].append(row)
            count += len(rows)
            if count >= _MOST:
                break  # they come by the folder's id: those before the last one are complete
        else:
            last = "~"
        for node_id, inside in found.items():
            if node_id < last:
                folder = by_id[node_id]
                self._memory.keep_listing(folder.path, _seen(folder, inside), age)

    def _following(self, path: VirtualPath) -> list[Folder]:
        """The folders behind one, if that is the first beside them, or comes after a known one."""
        beside = self._memory.listing(parent_of(path)) or ()
        folders = [node for node in beside if isinstance(node, Folder)]
        if folders and folders[0].path == path:
            return folders[1:_AHEAD]
        for number, (before, here) in enumerate(pairwise(folders), 1):
            if here.path == path:
                known = self._memory.listing(before.path) is not None
                return folders[number + 1 :][:_AHEAD] if known else []
        return []


def _seen(folder: Folder, rows: Sequence[NodeRow]) -> list[Node]:
    inside = join(folder.path, "")
    return [view(VirtualPath(f"{inside}{row.name}"), row) for row in rows]
