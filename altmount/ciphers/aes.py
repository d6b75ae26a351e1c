"""AES-CBC, decrypted from any offset: a block needs only the one before it.

::

    chain   |  0 |  1 |  2 |  3 |  4 |  5 |      blocks of 16 bytes
    plain        skip ^----- size -----^         padding after it
    wanted                 [-----)               bytes of blocks 3 and 4:
    read              |  2 |  3 |  4 |           block 2 stands in for the IV
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from altmount.spans import Span

BLOCK = 16
"""Bytes of a block, and of an IV."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is read of a chain to have some of its plain bytes."""

    stored: Span
    """Whole blocks of the chain, the one in place of the IV included."""

    iv_first: bool
    """Whether the first block is that, and not data."""

    drop: int
    """How many decrypted bytes come before the first that is wanted."""


def window(span: Span) -> Window:
    """What to read for some bytes of what a chain decrypts to; ``span`` is not empty."""
    first = span.start // BLOCK * BLOCK
    stop = -(-span.stop // BLOCK) * BLOCK
    iv_first = first > 0
    return Window(Span(first - BLOCK * iv_first, stop), iv_first, span.start - first)


class CbcDecryptor:
    """Decrypts a chain from some block on, piece by piece, into memory that it uses again."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        """Take the key, of 16, 24 or 32 bytes, and the block before the first one.

        Raises:
            ValueError: They have another size.
        """
        self._decryptor = Cipher(AES(key), CBC(iv)).decryptor()
        self._buffer = bytearray()

    def decrypt(self, data: bytes | memoryview) -> memoryview:
        """The plain bytes of all blocks that are complete by now; valid until the next call."""
        needed = len(data) + BLOCK - 1
        if len(self._buffer) < needed:
            self._buffer = bytearray(needed)  # what was lent before stays as it is
        size = self._decryptor.update_into(data, self._buffer)
        return memoryview(self._buffer)[:size]
