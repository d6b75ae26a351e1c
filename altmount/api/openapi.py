"""The table of routes as one OpenAPI 3.1 document."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter

from altmount import __version__
from altmount.auth.caller import Access
from altmount.web.answers import Meta
from altmount.web.route import JSON, Route

Schema = dict[str, Any]

_REF = "#/components/schemas/{model}"
_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")

_ERROR: Schema = {
    "type": "object",
    "description": "What went wrong, and what can be done about it.",
    "additionalProperties": False,
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string", "description": "The status in words: `NOT_FOUND`."},
                "message": {"type": "string", "description": "What is wrong."},
                "details": {"type": "string", "description": "What can be done about it."},
            },
        },
    },
}

_SCHEMES: Schema = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "key_in_query": {"type": "apiKey", "in": "query", "name": "apikey"},
    "login": {"type": "apiKey", "in": "cookie", "name": "JWT"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT, or an API key"},
    "basic": {"type": "http", "scheme": "basic"},
}


def document(routes: Iterable[Route]) -> Schema:
    """All routes, and all that is sent and answered, in the order of their paths."""
    table = sorted(routes, key=lambda one: (one.path, one.method))
    schemas = _Schemas(table)
    paths: dict[str, Schema] = {}
    for route in table:
        paths.setdefault(route.canonical, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "altmount",
            "version": __version__,
            "description": "Answers are told in an envelope, errors in one shape for all.",
        },
        "paths": paths,
        "components": {
            "schemas": {**schemas.definitions, "Error": _ERROR},
            "securitySchemes": _SCHEMES,
        },
    }


class _Schemas:
    """What is sent and what is answered; answers have no fields but those that are told."""

    def __init__(self, table: Iterable[Route]) -> None:
        sent: dict[int, TypeAdapter[Any]] = {}
        answered: dict[str, TypeAdapter[Any]] = {repr(Meta): TypeAdapter(Meta)}
        for route in table:
            for model in (route.body, route.form, route.optional):
                if model is not None:
                    sent[id(model)] = TypeAdapter(model)
            if route.answer is not None:
                answered[repr(route.answer)] = TypeAdapter(route.answer)
        self._sent, told = TypeAdapter.json_schemas(
            [(key, "validation", one) for key, one in sent.items()], ref_template=_REF
        )
        self._answered, shown = TypeAdapter.json_schemas(
            [(key, "serialization", one) for key, one in answered.items()], ref_template=_REF
        )
        closed = {name: _closed(one) for name, one in shown.get("$defs", {}).items()}
        self.definitions: dict[str, Schema] = {**told.get("$defs", {}), **closed}

    def sent(self, model: type[BaseModel]) -> Schema:
        return self._sent[id(model), "validation"]

    def answered(self, kind: object) -> Schema:
        return _closed(self._answered[repr(kind), "serialization"])


def _closed(schema: Schema) -> Schema:
    return {"additionalProperties": False, **schema} if "properties" in schema else schema


def _operation(route: Route, schemas: _Schemas) -> Schema:
    told = _ROLE.sub(r"\1", inspect.getdoc(route.handler) or "").partition("\n\n")
    operation: Schema = {
        "operationId": f"{route.method} {route.canonical}",
        "summary": " ".join(told[0].split()),
        "description": f"{told[2]}\n\nFor {route.access.value}.".strip(),
        "tags": [_tag(route.path)],
        "parameters": [*_in_path(route), *_in_query(route)],
        "responses": {str(int(one)): _answer(route, one, schemas) for one in route.statuses},
        "security": [] if route.access is Access.OPEN else [{name: []} for name in _SCHEMES],
    }
    if route.takes_body:
        operation["requestBody"] = _body(route, schemas)
    return operation


def _tag(path: str) -> str:
    return path.removeprefix("/api/").partition("/")[0]


def _in_path(route: Route) -> Iterator[Schema]:
    for name, pattern in route.parameters.items():
        schema: Schema = {"type": "string", "minLength": 1}
        if pattern:
            schema["pattern"] = f"^{pattern}$"
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(route: Route) -> Iterator[Schema]:
    if route.query is None:
        return
    fields = route.query.model_json_schema()
    for name, schema in fields.get("properties", {}).items():
        required = name in fields.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": _given(schema)}


def _given(schema: Schema) -> Schema:
    """A query has no null; what may be one is left out."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if not kinds:
        return schema
    rest = {name: one for name, one in schema.items() if name not in {"anyOf", "default"}}
    return {**kinds[0], **rest} if len(kinds) == 1 else {"anyOf": kinds, **rest}


def _body(route: Route, schemas: _Schemas) -> Schema:
    content: Schema = {}
    for model, media in (
        (route.body, JSON),
        (route.optional, JSON),
        (route.form, "multipart/form-data"),
    ):
        if model is not None:
            content[media] = {"schema": schemas.sent(model)}
    return {"required": route.optional is None, "content": content}


def _answer(route: Route, status: HTTPStatus, schemas: _Schemas) -> Schema:
    if status >= HTTPStatus.BAD_REQUEST:
        schema = {"$ref": _REF.format(model="Error")}
        return {"description": status.phrase, "content": {JSON: {"schema": schema}}}
    told: Schema = {"description": status.phrase}
    if route.media != JSON:
        told["content"] = {route.media: {"schema": {"type": "string", "format": "binary"}}}
    elif status is not HTTPStatus.NO_CONTENT:
        data = schemas.answered(route.answer)
        envelope = _envelope(data, schemas.answered(Meta) if route.paged else None)
        told["content"] = {JSON: {"schema": data if route.bare else envelope}}
    return told


def _envelope(data: Schema, meta: Schema | None) -> Schema:
    properties = {"success": {"const": True}, "data": data}
    if meta is not None:
        properties["meta"] = meta
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }
