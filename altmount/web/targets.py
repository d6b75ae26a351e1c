"""Which file a request means: paths out of URLs, decoded exactly once."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from altmount.errors import InvalidRequestError
from altmount.library.paths import VirtualPath, parse_virtual_path

_SLASH_OR_NUL = re.compile("%(?:2f|00)", re.IGNORECASE)


def file_of(canonical: str, raw_path: str, raw_query: str) -> VirtualPath:
    """The file that a request for ``/files/…`` or ``/api/files/stream?path=…`` means.

    Whoever lets a request in by the file that it means and whoever answers it ask here, so that
    both mean the same.

    Args:
        canonical: The address as routes have it, such as ``/files/{path}``.
        raw_path: The URL's path as the client sent it.
        raw_query: Its query.

    Raises:
        InvalidRequestError: There is no path, or it is none.
    """
    if canonical.endswith("/stream"):
        return path_in_query(raw_query)
    return path_below(canonical.removesuffix("/{path}"), raw_path)


def path_below(prefix: str, raw_path: str) -> VirtualPath:
    """The library path that a URL's path names below a prefix such as ``/files``.

    Args:
        prefix: Where the library begins in URLs; no slash at its end.
        raw_path: The URL's path as the client sent it, undecoded bytes as surrogates.

    Raises:
        InvalidRequestError: It hides a slash or NUL, is not UTF-8, or is no path.
    """
    if _SLASH_OR_NUL.search(raw_path):
        raise InvalidRequestError("a name in the path has a slash or NUL in it")
    return parse_virtual_path(_decoded(raw_path).removeprefix(prefix) or "/")


def path_in_query(raw_query: str) -> VirtualPath:
    """The library path in the field ``path`` of a URL's query; its first slash may be left out.

    Raises:
        InvalidRequestError: There is none, it is not UTF-8, or it is no path.
    """
    for field in raw_query.split("&"):
        name, _, value = field.partition("=")
        if name == "path" and value:
            path = _decoded(value.replace("+", " "))
            return parse_virtual_path(path if path.startswith("/") else f"/{path}")
    raise InvalidRequestError("say which file is wanted: ?path=/folder/file.mkv")


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text.encode(errors="surrogateescape")).decode()
    except UnicodeError:
        raise InvalidRequestError("the path is not UTF-8") from None
