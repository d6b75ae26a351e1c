"""The secret of this program: made once, and kept in a file of its own."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from altmount.disk import sync_folder
from altmount.errors import PermanentError

_BYTES = 32


class SecretError(PermanentError):
    """The file of the secret cannot be used."""


def secret_of(path: Path) -> bytes:
    """The secret of a file, which is written if need be, for the eyes of its owner only.

    Raises:
        SecretError: It cannot be read or written, or holds something else.
    """
    try:
        if not path.exists():
            _write(path, secrets.token_hex(_BYTES))
        text = path.read_text("ascii").strip()
        secret = bytes.fromhex(text)
    except OSError as error:
        raise SecretError(f"cannot use {path}: {error.strerror}") from None
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise SecretError(f"{path} holds no secret; remove it, and a new one is made")
    return secret


def derived(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose, which tell nothing of those for another."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def _write(path: Path, text: str) -> None:
    """Write it whole and for good; where another process was faster, its file stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            Path(name).replace(path)
        sync_folder(path.parent)
    finally:
        Path(name).unlink(missing_ok=True)
