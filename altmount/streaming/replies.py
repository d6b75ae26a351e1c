"""What is answered to a request for a file, decided before any of its bytes are touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from altmount.library.nodes import File
from altmount.library.paths import name_of
from altmount.spans import Span
from altmount.streaming.conditions import Conditions, Validators, Verdict
from altmount.streaming.multipart import Plan, multipart, plain
from altmount.streaming.ranges import content_range, parse_ranges
from altmount.web.contents import inline_disposition, presentation_of
from altmount.web.dates import http_date


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request for a file says, beside which file."""

    range: str | None
    """The Range header of a GET; no other method has ranges (RFC 9110, 14.2)."""

    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, headers, and a plan of the body, which a HEAD's answer leaves out."""

    status: HTTPStatus
    headers: Mapping[str, str]
    plan: Plan


def reply_to(asked: Asked, file: File, *, boundary: str) -> Reply:
    """Decide what to answer.

    Args:
        asked: The request.
        file: The file it is about.
        boundary: What would lie between the parts of a body of several.

    Raises:
        RangeNotSatisfiableError: Only bytes that the file does not have are asked for.
    """
    current = Validators(file.etag, file.modified)
    headers = {
        "ETag": f'"{file.etag}"',
        "Last-Modified": http_date(file.modified),
        "Cache-Control": "private",
    }
    verdict = asked.conditions.verdict(current)
    if verdict is not Verdict.SEND:
        return Reply(HTTPStatus(verdict.value), headers, Plan(()))
    spans = None
    if asked.range is not None and asked.conditions.ranges_apply(current):
        spans = parse_ranges(asked.range, file.size)
    name = name_of(file.path)
    presentation = presentation_of(name)
    content_type = presentation.content_type
    if spans is None:
        status, plan = HTTPStatus.OK, plain(Span(0, file.size))
    elif len(spans) == 1:
        status, plan = HTTPStatus.PARTIAL_CONTENT, plain(spans[0])
        headers["Content-Range"] = content_range(spans[0], file.size)
    else:
        status = HTTPStatus.PARTIAL_CONTENT
        plan = multipart(spans, size=file.size, content_type=content_type, boundary=boundary)
        content_type = f"multipart/byteranges; boundary={boundary}"
    headers |= {
        "Content-Type": content_type,
        "Content-Length": str(plan.size),
        "Content-Disposition": inline_disposition(name),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    if presentation.sandboxed:
        headers["Content-Security-Policy"] = "sandbox"
    return Reply(status, headers, plan)
