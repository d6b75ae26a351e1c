"""Synthetic files with some bytes that are not: archives too large to lie anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from altmount.errors import InvalidRequestError
from altmount.newsserver.posting import Envelope
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.newsserver.yenc import Piece, whole_body_of

Patch = tuple[int, bytes]
"""An offset, and the bytes that are there instead."""


class PatchedPosting(SyntheticPosting):
    """A synthetic file that has other bytes in some places, such as an archive's headers.

    Only articles that have such a place in them are encoded when they are asked for.

    Raises:
        InvalidRequestError: A patch lies outside of the file, or as for every synthetic file.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        size: int,
        patches: Sequence[Patch],
        envelope: Envelope | None = None,
    ) -> None:
        super().__init__(seed, size, envelope, name=name)
        for offset, data in patches:
            if offset < 0 or offset + len(data) > size:
                raise InvalidRequestError(f"a patch at {offset} lies outside of {name}")
        facts = repr((name, seed, size, list(patches), self.envelope))
        digest = hashlib.blake2b(facts.encode("utf-8", "surrogateescape"), digest_size=12)
        self.token = digest.hexdigest()
        self._patches = patches

    def message_id(self, number: int) -> str:
        return f"p{number}.{self.token}@posted"

    def payload(self, number: int) -> bytes:
        part = self.header(number)
        data = bytearray(super().payload(number))
        for offset, patch in self._touching(number):
            start = max(offset, part.begin)
            stop = min(offset + len(patch), part.begin + part.size)
            data[start - part.begin : stop - part.begin] = patch[start - offset : stop - offset]
        return bytes(data)

    def body(self, number: int) -> tuple[Piece, ...]:
        if not self._touching(number):
            return super().body(number)
        return whole_body_of(self.header(number), self.payload(number))

    def _touching(self, number: int) -> list[Patch]:
        part = self.header(number)
        return [
            (offset, patch)
            for offset, patch in self._patches
            if offset < part.begin + part.size and part.begin < offset + len(patch)
        ]
