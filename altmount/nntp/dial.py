"""Dialling: from an address to a connection that waits for its greeting."""

from __future__ import annotations

import asyncio
import errno
import functools
import socket
import ssl
from collections.abc import Awaitable, Callable

import aiohappyeyeballs
from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from python_socks.async_.asyncio import Proxy

from altmount.nntp.errors import (
    CertificateError,
    ConnectionLostError,
    DeadlineError,
    UnreachableError,
)
from altmount.nntp.provider import Provider

Dial = Callable[[Callable[[], asyncio.BufferedProtocol]], Awaitable[None]]
"""Makes a connection and gives it to the protocol that the factory makes."""

# How long the first address of a host has to itself before the next is tried beside it, in
# seconds (RFC 8305 5).
_HEAD_START = 0.25

# What the system says when nothing came back from outside, be it that there is no way out.
_SILENCE = frozenset(
    {
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EADDRNOTAVAIL,
        errno.ETIMEDOUT,
    }
)


def dialler(provider: Provider) -> Dial:
    """What dials a provider's server, through a proxy if the settings say so.

    Without one all addresses of the host are tried, IPv6 and IPv4 by turns, and whichever
    answers first is taken.

    The dial raises :class:`UnreachableError`, :class:`ConnectionLostError` or
    :class:`DeadlineError`.
    """
    context = _tls_context(verify=provider.verify) if provider.tls else None
    where = f"{provider.host}:{provider.port}"

    async def dial(factory: Callable[[], asyncio.BufferedProtocol]) -> None:
        deadline = asyncio.get_running_loop().time() + provider.patience.dial
        try:
            async with asyncio.timeout_at(deadline):
                connected = await _connected(provider)
        except TimeoutError:
            raise UnreachableError(
                f"{where} did not answer the call within {provider.patience.dial:g} s", silent=True
            ) from None
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.get_running_loop().create_connection(
                    factory,
                    sock=connected,
                    ssl=context,
                    server_hostname=provider.host if context else None,
                )
        except TimeoutError:
            connected.close()
            raise DeadlineError(
                f"{where} took the call and did not agree on encryption within"
                f" {provider.patience.dial:g} s; does it speak TLS on that port?"
            ) from None
        except ssl.SSLCertVerificationError as error:
            connected.close()
            raise CertificateError(
                f"the certificate of {where} is not valid for it ({error.verify_message});"
                " check host and port, or set insecure_tls if you know why",
                code=error.verify_code,
            ) from None
        except (OSError, ValueError) as error:
            connected.close()
            raise ConnectionLostError(f"cannot talk to {where}: {error}") from None
        except BaseException:
            connected.close()
            raise

    return dial


async def _connected(provider: Provider) -> socket.socket:
    """A socket that is connected to a provider's server.

    Raises:
        UnreachableError: There is no connection to be had.
    """
    where = f"{provider.host}:{provider.port}"
    try:
        if provider.proxy_url:
            return await Proxy.from_url(provider.proxy_url).connect(
                provider.host, provider.port, timeout=provider.patience.dial
            )
        loop = asyncio.get_running_loop()
        addresses = await loop.getaddrinfo(provider.host, provider.port, type=socket.SOCK_STREAM)
        return await aiohappyeyeballs.start_connection(
            addresses, happy_eyeballs_delay=_HEAD_START, interleave=1
        )
    except ProxyTimeoutError:
        raise UnreachableError(f"the proxy did not answer for {where}", silent=True) from None
    except ProxyError as error:
        raise UnreachableError(
            f"the proxy does not connect {where}: {error}", silent=False
        ) from None
    except ProxyConnectionError as error:
        raise UnreachableError(str(error), silent=error.errno in _SILENCE) from None
    except socket.gaierror as error:
        silent = error.errno != socket.EAI_NONAME
        raise UnreachableError(
            f"cannot connect to {where}: its name is not known ({error.strerror})", silent=silent
        ) from None
    except (OSError, ValueError) as error:
        silent = isinstance(error, OSError) and error.errno in _SILENCE
        raise UnreachableError(f"cannot connect to {where}: {error}", silent=silent) from None


@functools.cache
def _tls_context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
