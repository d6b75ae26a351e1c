"""A certificate for TLS: one's own, or one made on the spot."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from altmount.errors import InvalidRequestError


def context_from(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server needs to speak TLS, from two PEM files.

    Raises:
        InvalidRequestError: They cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidRequestError(
            f"cannot use certificate {certificate} with key {key}: {error}"
        ) from error
    return context


def self_signed_context() -> tuple[ssl.SSLContext, bytes]:
    """What a server needs to speak TLS, and the certificate, as PEM, that its clients may trust.

    Raises:
        InvalidRequestError: The package that makes certificates is not installed.
    """
    try:
        from altmount.newsserver.selfsigned import self_signed  # noqa: PLC0415 -- optional
    except ImportError as error:
        raise InvalidRequestError(
            'making a certificate takes the package "cryptography": install it, '
            "or give a certificate and its key"
        ) from error
    certificate, key = self_signed()
    with tempfile.TemporaryDirectory() as folder:
        certificate_path, key_path = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        certificate_path.write_bytes(certificate)
        key_path.touch(mode=0o600)
        key_path.write_bytes(key)
        return context_from(certificate_path, key_path), certificate
