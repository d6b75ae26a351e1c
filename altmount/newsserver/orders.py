"""Orders: what a running server can be told through its control port."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from altmount.errors import InvalidRequestError
from altmount.newsserver.knobs import fault_of, turned
from altmount.newsserver.nzb import nzb_lines
from altmount.newsserver.posting import Envelope, Posting
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.newsserver.yenc import ARTICLE_SIZE


class Orders:
    """Carries out orders, each a JSON object whose ``op`` says what to do.

    ====================  ==========================================================
    ``get``               gives all ``knobs``
    ``set``               turns some ``knobs`` and leaves the others
    ``fault``             adds one ``fault`` to those there are
    ``counters``          gives the counters; ``articles: false`` leaves out the lists
    ``reset``             starts the counters again
    ``hold``, ``release`` closes, opens a ``gate``
    ``disconnect``        cuts all connections
    ``post``              posts the files at ``paths`` as one post and gives its NZB
    ``synthetic``         gives the NZB of a synthetic post: a file for each of ``sizes``, of
                          seeds from ``seed`` up
    ====================  ==========================================================

    The last two take ``article_size``, ``metas``, and ``nzb``, a path to write the NZB to in
    place of giving it; ``post`` takes ``yenc_name``, ``subject`` and ``salt`` as well.
    """

    def __init__(self, server: NewsServer) -> None:
        self._server = server

    async def carry_out(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one order and answer it.

        Raises:
            InvalidRequestError: It makes no sense.
            NotFoundError: A file to be posted is not there.
            OSError: A file cannot be written.
        """
        server = self._server
        match order.get("op"):
            case "get":
                return {"knobs": dataclasses.asdict(server.knobs)}
            case "set":
                server.knobs = turned(server.knobs, _object(order, "knobs"))
                return {}
            case "fault":
                faults = (*server.knobs.faults, fault_of(order.get("fault")))
                server.knobs = dataclasses.replace(server.knobs, faults=faults)
                return {}
            case "counters":
                return {"counters": self._counters(articles=order.get("articles") is not False)}
            case "reset":
                server.counters.reset()
                return {}
            case "hold":
                server.gates.close(_text(order, "gate"))
                return {}
            case "release":
                server.gates.release(_text(order, "gate"))
                return {}
            case "disconnect":
                return {"connections": await server.disconnect()}
            case "post":
                return self._post(order)
            case "synthetic":
                return self._synthetic(order)
            case other:
                raise InvalidRequestError(f"there is no order {other!r}")

    def _counters(self, *, articles: bool) -> dict[str, Any]:
        counters = self._server.counters.now.snapshot()
        if not articles:
            del counters["body_requests"], counters["stat_requests"]
        return counters

    def _post(self, order: Mapping[str, Any]) -> dict[str, Any]:
        paths = order.get("paths")
        if not isinstance(paths, list) or not paths or not all(isinstance(p, str) for p in paths):
            raise InvalidRequestError("paths is a list of paths")
        envelope = Envelope(
            article_size=_whole(order, "article_size", ARTICLE_SIZE),
            yenc_name=order.get("yenc_name"),
            subject=order.get("subject"),
            salt=str(order.get("salt", "")),
        )
        postings = [self._server.spool.post_file(Path(path), envelope) for path in paths]
        return _nzb(postings, order)

    def _synthetic(self, order: Mapping[str, Any]) -> dict[str, Any]:
        sizes = order.get("sizes")
        if not isinstance(sizes, list) or not all(type(size) is int for size in sizes):
            raise InvalidRequestError("sizes is a list of whole numbers")
        envelope = Envelope(article_size=_whole(order, "article_size", ARTICLE_SIZE))
        seed = _whole(order, "seed", 0)
        postings = [
            SyntheticPosting(seed + index, size, envelope) for index, size in enumerate(sizes)
        ]
        return _nzb(postings, order)


def write_nzb(postings: Iterable[Posting], metas: Mapping[str, str], path: Path) -> None:
    """Write the NZB of a post to a file."""
    with path.open("w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(nzb_lines(list(postings), metas))


def _nzb(
    postings: list[Posting] | list[SyntheticPosting], order: Mapping[str, Any]
) -> dict[str, Any]:
    metas = _object(order, "metas") if "metas" in order else {}
    if "nzb" in order:
        write_nzb(postings, metas, Path(_text(order, "nzb")))
        return {"nzb": order["nzb"]}
    return {"text": "".join(nzb_lines(postings, metas))}


def _object(order: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = order.get(name)
    if not isinstance(value, Mapping):
        raise InvalidRequestError(f"{name} is an object")
    return value


def _text(order: Mapping[str, Any], name: str) -> str:
    value = order.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequestError(f"{name} is a text")
    return value


def _whole(order: Mapping[str, Any], name: str, default: int) -> int:
    value = order.get(name, default)
    if type(value) is not int:
        raise InvalidRequestError(f"{name} is a whole number")
    return value
