"""Encrypting what the program decrypts, with other code than its own."""

from __future__ import annotations

import random

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from nacl.secret import SecretBox

from altmount.ciphers import rclone


def cbc(data: bytes, key: bytes, iv: bytes) -> bytes:
    """A chain of AES-CBC; zeros fill the last block."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(data + bytes(-len(data) % 16)) + encryptor.finalize()


def rclone_file(data: bytes, key: bytes, seed: int = 0) -> bytes:
    """A file of rclone's crypt."""
    nonce = random.Random(seed).randbytes(23) + b"\xff"  # so that counting carries
    nonce = b"\xff" + nonce[1:]
    box, blocks = SecretBox(key), []
    for number, at in enumerate(range(0, len(data), rclone.BLOCK_BYTES)):
        counted = (int.from_bytes(nonce, "little") + number).to_bytes(24, "little")
        block = data[at : at + rclone.BLOCK_BYTES]
        blocks.append(box.encrypt(block, counted).ciphertext)
    return rclone.MAGIC + nonce + b"".join(blocks)
