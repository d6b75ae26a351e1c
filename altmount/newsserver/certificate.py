"""A certificate for TLS: one's own, or one made on the spot."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from altmount.errors import InvalidRequestError

_NAMES = ("localhost",)
_ADDRESSES = ("127.0.0.1", "::1")


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


def self_signed() -> tuple[bytes, bytes]:
    """A fresh certificate for this machine's loopback names, and its key, as PEM.

    Raises:
        InvalidRequestError: The package that makes them is not installed.
    """
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
    except ImportError as error:
        raise InvalidRequestError(
            'making a certificate takes the package "cryptography": install it, '
            "or give a certificate and its key"
        ) from error
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "altmount news server")])
    now = datetime.now(UTC)
    alternatives = [
        *map(x509.DNSName, _NAMES),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def self_signed_context() -> tuple[ssl.SSLContext, bytes]:
    """What a server needs to speak TLS, and the certificate, as PEM, that its clients may trust.

    Raises:
        InvalidRequestError: As :func:`self_signed`.
    """
    certificate, key = self_signed()
    with tempfile.TemporaryDirectory() as folder:
        certificate_path, key_path = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        certificate_path.write_bytes(certificate)
        key_path.touch(mode=0o600)
        key_path.write_bytes(key)
        return context_from(certificate_path, key_path), certificate
