"""AES-CBC for headers, which are small and decrypted whole."""

from __future__ import annotations

from altmount.ciphers.aes import BLOCK, CbcDecryptor


def padded(size: int) -> int:
    """The number of bytes in the whole blocks that hold ``size`` bytes."""
    return -(-size // BLOCK) * BLOCK


def decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks, without taking any padding off."""
    return bytes(CbcDecryptor(key, iv).decrypt(data))
