"""Requests: parameters in the query, in a form, or both, and perhaps a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from altmount.sabnzbd.answer import RefusedError
from altmount.sabnzbd.asked import Asked, File

_FILES = frozenset({"name", "nzbfile"})
_MOST_FIELDS = 100
_MAX_FIELD_BYTES = 8192
_CHUNK_BYTES = 1 << 16


async def read(
    request: web.Request, max_bytes: int, check: Callable[[Mapping[str, str]], Awaitable[None]]
) -> Asked:
    """What a request asks for; what the query says goes before what a form says.

    Args:
        request: What was sent.
        max_bytes: The largest file that is read.
        check: Is shown what was said before a file is read, so that nobody without a key has one
            read into memory; and raises.

    Raises:
        RefusedError: The form cannot be read, is too large, or its file may not be sent.
    """
    values = _first(request.query.items())
    if request.method != hdrs.METH_POST:
        return Asked(values)
    try:
        if request.content_type == "multipart/form-data":
            return await _of_form(request, values, max_bytes, check)
        posted = await request.post()
    except (ValueError, HttpProcessingError, web.HTTPRequestEntityTooLarge) as error:
        raise RefusedError(f"that form cannot be read: {error}") from None
    texts = [(name, text) for name, text in posted.items() if isinstance(text, str)]
    return Asked(_first(texts) | values)


async def _of_form(
    request: web.Request,
    asked: Mapping[str, str],
    max_bytes: int,
    check: Callable[[Mapping[str, str]], Awaitable[None]],
) -> Asked:
    values, file, fields = dict(asked), None, 0
    async for part in await request.multipart():
        fields += 1
        if fields > _MOST_FIELDS:
            raise RefusedError(f"the form has more than {_MOST_FIELDS} fields")
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        if part.name in _FILES and part.filename:
            await check(values)
            data = await _bounded(part, max_bytes)
            file = file or File(part.filename, data)
        else:
            text = (await _bounded(part, _MAX_FIELD_BYTES)).decode(errors="replace")
            values.setdefault(part.name, text)
    return Asked(values, file)


async def _bounded(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        data += chunk
        if len(data) > limit:
            raise RefusedError(f"{part.name} has more than {limit} bytes")
    return bytes(data)


def _first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, text in pairs:
        values.setdefault(name, text)
    return values
