"""What becomes known of files that are in the library already."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from altmount.db.files import Files
from altmount.db.jobrows import note_release
from altmount.db.nodes import Effects
from altmount.library.actor import IMPORT
from altmount.library.amending import amended, damaged
from altmount.library.ledger import Ledger, Now, Planned
from altmount.library.notes import note_of
from altmount.library.release import Draft, Release
from altmount.library.shelf import Shelf


class Corrections:
    """Corrects where the bytes of files lie, and what is said of how they are.

    Whoever reads a file meanwhile goes on with what it has opened. Cancelling is felt once all of
    a correction is done, or none.

    All raise:
        SidecarError: The release's sidecar is damaged.
        SidecarUnavailableError: That could not be read or written.
        DatabaseUnavailableError: The index could not be written.
        StorageUnavailableError: The journal could not be written.
    """

    def __init__(self, ledger: Ledger, files: Files, shelf: Shelf) -> None:
        self._ledger = ledger
        self._files = files
        self._shelf = shelf

    async def amend(self, release: str, draft: Draft) -> bool:
        """Correct a release by a closer look at it; whether any of its bytes lay elsewhere.

        Args:
            release: Which. If it is not there any more, nothing is done.
            draft: The same release, looked at more closely.

        Raises:
            ValueError: The draft has other files.
        """
        return await self._correct(release, lambda old: amended(old, draft))

    async def tell_damaged(self, release: str, entry: int | None = None) -> None:
        """Say that reading a file may end in errors.

        Args:
            release: The file's. If it is not there any more, nothing is done.
            entry: The file; ``None`` for those of which something was only inferred.
        """
        await self._correct(release, lambda old: damaged(old, entry))

    async def _correct(self, release: str, change: Callable[[Release], Release | None]) -> bool:
        async with self._ledger.turn:
            await self._ledger.catch_up()
            rows = [row for row in await self._files.of_release(release) if row.entry is not None]
            if not rows:
                return False
            sidecar = await self._shelf.open(release)
            old = sidecar.release()
            new = change(old)
            if new is not None:
                etags = await self._shelf.write(new)
            else:  # perhaps it was written, and the program ended before the index was
                etags = [sidecar.etag(index) for index in range(len(sidecar))]
            entries = (new or old).entries
            right = []
            for row in rows:
                index = row.entry or 0
                entry = entries[index]
                right.append(
                    row._replace(etag=etags[index], size=entry.size, status=entry.status.value)
                )
            changed = [now for row, now in zip(rows, right, strict=True) if row != now]
            if not changed:
                return False

            async def plan(now: Now) -> Planned[None]:
                ids = tuple(row.id for row in changed)
                effects = Effects(now.at, drop=ids, add=tuple(changed))
                return Planned("amend", sidecar.folder, effects, None, release=release)

            also = partial(note_release, release=release, note=note_of(entries))
            await self._ledger.commit(IMPORT, plan, also)
            return any(row.etag != now.etag for row, now in zip(rows, right, strict=True))
