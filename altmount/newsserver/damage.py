"""Bodies that are not as they should be."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Mapping

from altmount.newsserver.knobs import Fault, FaultKind
from altmount.newsserver.spool import Article, Spool
from altmount.newsserver.yenc import Piece, body_of, whole_body_of

_EXTRA = b"too much"

Body = tuple[Piece, ...]


def damaged(article: Article, fault: Fault, spool: Spool) -> Body | None:
    """The body that the fault makes of an article; ``None`` if it leaves bodies alone.

    Raises:
        OSError: The article cannot be read any more.
    """
    damage = _DAMAGES.get(fault.kind)
    if damage is not None:
        return damage(article, fault)
    if fault.kind is FaultKind.FOREIGN:
        other = spool.find(fault.other) if fault.other else article.neighbour
        return other.body() if other else ()
    return None


def _corrupt(article: Article, _fault: Fault) -> Body:
    payload = article.payload()
    return body_of(article.header(), _flipped(payload), crc=zlib.crc32(payload))


def _forged(article: Article, _fault: Fault) -> Body:
    return whole_body_of(article.header(), _flipped(article.payload()))


def _unchecked(article: Article, _fault: Fault) -> Body:
    return body_of(article.header(), article.payload(), crc=None)


def _short(article: Article, fault: Fault) -> Body:
    payload = article.payload()
    return whole_body_of(article.header(), payload[: fault.at or len(payload) // 2])


def _long(article: Article, _fault: Fault) -> Body:
    return whole_body_of(article.header(), article.payload() + _EXTRA)


def _truncated(article: Article, fault: Fault) -> Body:
    text = b"".join(article.body())
    # To the end of a line, so that the last one is not taken for the end of the body.
    end = text.rfind(b"\r\n", 0, fault.at)
    return (text[: end + 2] if end >= 0 else b"",)


def _wrong_size(article: Article, _fault: Fault) -> Body:
    header = article.header()
    header = dataclasses.replace(header, file_size=header.file_size + 1)
    return whole_body_of(header, article.payload())


def _wrong_range(article: Article, _fault: Fault) -> Body:
    header = article.header()
    header = dataclasses.replace(header, begin=header.begin + 1)
    return whole_body_of(header, article.payload())


def _text(_article: Article, fault: Fault) -> Body:
    stuffing = "." if fault.text.startswith(".") else ""
    return (f"{stuffing}{fault.text}\r\n".encode("utf-8", "surrogateescape"),)


def _flipped(payload: bytes) -> bytes:
    middle = len(payload) // 2
    return payload[:middle] + bytes([payload[middle] ^ 0x55]) + payload[middle + 1 :]


_DAMAGES: Mapping[FaultKind, Callable[[Article, Fault], Body]] = {
    FaultKind.CORRUPT: _corrupt,
    FaultKind.FORGED: _forged,
    FaultKind.UNCHECKED: _unchecked,
    FaultKind.SHORT: _short,
    FaultKind.LONG: _long,
    FaultKind.TRUNCATED: _truncated,
    FaultKind.WRONG_SIZE: _wrong_size,
    FaultKind.WRONG_RANGE: _wrong_range,
    FaultKind.TEXT: _text,
}
