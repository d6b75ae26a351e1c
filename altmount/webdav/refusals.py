"""Errors on their way through wsgidav, and what clients read of them."""

from __future__ import annotations

from typing import Any

from wsgidav.dav_error import DAVError, get_http_status_string

from altmount.errors import AltmountError
from altmount.webdav.statuses import status_of
from altmount.webdav.xml import DAV, empty_element, text

PLAIN = "text/plain; charset=utf-8"


class RefusedError(DAVError):  # type: ignore[misc] # wsgidav has no types
    """An error that wsgidav passes on as it is."""

    def __init__(self, status: int, page: tuple[str, bytes]) -> None:
        super().__init__(status)
        self._page = page

    def get_response_page(self) -> tuple[str, bytes]:
        """Content type and body."""
        return self._page

    @classmethod
    def of(cls, error: AltmountError) -> RefusedError:
        """One of our own errors."""
        return cls(status_of(error).value, (PLAIN, f"{error}\n".encode()))

    @classmethod
    def like(cls, error: Any, prefix: str) -> RefusedError:  # noqa: ANN401 - wsgidav has no types
        """One of wsgidav's, in our words."""
        return cls(error.value, told(error, prefix))


def told(error: Any, prefix: str) -> tuple[str, bytes]:  # noqa: ANN401
    """Content type and body: plain text, or the XML of RFC 4918, section 16.

    Args:
        error: A ``DAVError``.
        prefix: Where the share begins in URLs.
    """
    if isinstance(error, RefusedError):
        return error.get_response_page()
    condition = error.err_condition
    if condition is None:
        return PLAIN, f"{error.context_info or get_http_status_string(error)}\n".encode()
    inner = "".join(f"<D:href>{text(prefix + one)}</D:href>" for one in condition.hrefs)
    name = condition.condition_code.removeprefix(DAV)
    element = f"<D:{name}>{inner}</D:{name}>" if inner else empty_element(f"{DAV}{name}")
    head = '<?xml version="1.0" encoding="utf-8"?>'
    document = f'{head}\n<D:error xmlns:D="DAV:">{element}</D:error>\n'
    return "application/xml; charset=utf-8", document.encode()
