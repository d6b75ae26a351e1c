"""The OpenAPI document as a page for people: plain HTML, with nothing loaded from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em;
       color-scheme: light dark; }
summary { cursor: pointer; padding: .3em 0; }
summary code { font-weight: bold; }
pre { overflow: auto; padding: 1em; border: 1px solid #8888; }
table { border-collapse: collapse; }
td, th { text-align: left; padding: .2em 1em .2em 0; vertical-align: top; }
"""


def page(document: dict[str, Any]) -> str:
    """A page with everything that the document says."""
    return "".join(_lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    yield f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield f"<p>{escape(info['description'])} "
    yield 'For programs: <a href="openapi.json">openapi.json</a>.</p>'
    tag = None
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"][0] != tag:
                tag = operation["tags"][0]
                yield f"<h2>{escape(tag)}</h2>"
            yield from _operation(f"{method.upper()} {path}", operation)
    yield "<h2>What is sent and answered</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<h3 id="{escape(name)}">{escape(name)}</h3>{_shown(schema)}'
    yield "</body></html>"


def _operation(name: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<details><summary><code>{escape(name)}</code> {escape(operation['summary'])}</summary>"
    yield f"<p>{escape(operation['description'])}</p>"
    if operation["parameters"]:
        yield "<table><tr><th>Parameter<th>In<th>What"
        for one in operation["parameters"]:
            schema = escape(json.dumps(one["schema"]))
            yield f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}<td>{schema}"
        yield "</table>"
    for media, sent in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h4>Send {escape(media)}</h4>{_shown(sent['schema'])}"
    for status, told in operation["responses"].items():
        yield f"<h4>{status} {escape(told['description'])}</h4>"
        for media, given in told.get("content", {}).items():
            if int(status) < 400:  # noqa: PLR2004 errors look all alike
                yield f"<p>{escape(media)}</p>{_shown(given['schema'])}"
    yield "</details>"


def _shown(schema: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>"
