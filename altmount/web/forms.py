"""What clients send, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any, TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel, ValidationError

from altmount.errors import InvalidRequestError

M = TypeVar("M", bound=BaseModel)


async def read_form(
    request: web.Request, limits: Mapping[str, int]
) -> dict[str, tuple[str, bytes]]:
    """A form (multipart/form-data): file name, or nothing, and content of each field.

    Args:
        request: What was sent.
        limits: The fields that are wanted, with how many bytes each may have.

    Raises:
        InvalidRequestError: It is no form.
        web.HTTPRequestEntityTooLarge: A field is too large.
    """
    fields: dict[str, tuple[str, bytes]] = {}
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and (name := part.name) and name in limits:
                fields[name] = (part.filename or "", await _read(part, limits[name]))
    except (ValueError, HttpProcessingError) as error:
        raise InvalidRequestError(f"that is not a form: {error}") from None
    return fields


async def read_json(request: web.Request) -> Any:  # noqa: ANN401 whatever was sent
    """Anything in JSON.

    Raises:
        InvalidRequestError: It is something else.
        web.HTTPRequestEntityTooLarge: It is too large.
    """
    try:
        return await request.json()
    except (JSONDecodeError, UnicodeDecodeError, LookupError, RecursionError):
        raise InvalidRequestError("send a JSON object") from None


async def read_object(request: web.Request) -> dict[str, Any]:
    """A JSON object.

    Raises:
        InvalidRequestError: It is something else.
        web.HTTPRequestEntityTooLarge: It is too large.
    """
    found = await read_json(request)
    if not isinstance(found, dict):
        raise InvalidRequestError("send a JSON object")
    return found


async def read_model(request: web.Request, model: type[M]) -> M:
    """A JSON object with the fields of a model.

    Raises:
        InvalidRequestError: It is something else, or a field is.
        web.HTTPRequestEntityTooLarge: It is too large.
    """
    return _validated(model, await read_object(request))


def read_query(request: web.Request, model: type[M]) -> M:
    """The query of a URL with the fields of a model; of what is there twice, the first.

    Raises:
        InvalidRequestError: A field is something else.
    """
    given: dict[str, str] = {}
    for name, value in request.query.items():
        given.setdefault(name, value)
    return _validated(model, given)


def _validated(model: type[M], given: Mapping[str, Any]) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in wrong["loc"])
        raise InvalidRequestError(f"{field}: {wrong['msg']}") from None


async def _read(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        if len(data) > limit:
            text = f"{part.name} has more than {limit} bytes"
            raise web.HTTPRequestEntityTooLarge(limit, len(data), text=text)
    return bytes(data)
