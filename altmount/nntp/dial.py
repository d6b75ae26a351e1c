"""Dialling: from an address to a connection that waits for its greeting."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from altmount.nntp.errors import ConnectionLostError, DeadlineError
from altmount.nntp.provider import Provider

Dial = Callable[[Callable[[], asyncio.BufferedProtocol]], Awaitable[None]]
"""Makes a connection and gives it to the protocol that the factory makes."""


def dialler(provider: Provider) -> Dial:
    """What dials a provider's server.

    The dial raises :class:`ConnectionLostError` or :class:`DeadlineError`.
    """
    context = _tls_context(verify=provider.verify) if provider.tls else None

    async def dial(factory: Callable[[], asyncio.BufferedProtocol]) -> None:
        where = f"{provider.host}:{provider.port}"
        try:
            async with asyncio.timeout(provider.patience.dial):
                await asyncio.get_running_loop().create_connection(
                    factory,
                    provider.host,
                    provider.port,
                    ssl=context,
                    server_hostname=provider.host if context else None,
                )
        except TimeoutError:
            raise DeadlineError(
                f"{where} did not answer the call within {provider.patience.dial:g} s"
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise ConnectionLostError(
                f"the certificate of {where} is not valid for it ({error.verify_message});"
                " check host and port, or set insecure_tls if you know why"
            ) from None
        except (OSError, UnicodeError) as error:
            raise ConnectionLostError(f"cannot connect to {where}: {error}") from None

    return dial


def _tls_context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
