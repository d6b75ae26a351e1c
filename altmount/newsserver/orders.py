"""Orders: what a running server can be told through its control port."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from altmount.errors import InvalidRequestError
from altmount.newsserver.knobs import fault_of, turned
from altmount.newsserver.nzb import nzb_lines
from altmount.newsserver.patched import Patch, PatchedPosting
from altmount.newsserver.posting import Envelope, Posting
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.newsserver.yenc import ARTICLE_SIZE

T = TypeVar("T")

Order = Mapping[str, Any]
Result = dict[str, Any]


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
    ``cut``, ``mend``     cuts them and refuses every call; listens again
    ``post``              posts the files at ``paths`` as one post and gives its NZB
    ``synthetic``         gives the NZB of a synthetic post: a file for each of ``sizes``, of
                          seeds from ``seed`` up; with ``names`` they are called so, and
                          ``patches``, each a file's number, an offset and bytes in hex, put
                          those bytes into them
    ====================  ==========================================================

    The last two take ``article_size``, ``metas``, and ``nzb``, a path to write the NZB to in
    place of giving it; ``post`` takes ``yenc_name``, ``subject`` and ``salt`` as well.
    """

    def __init__(self, server: NewsServer) -> None:
        self._server = server
        self._operations: Mapping[str, Callable[[Order], Result | None]] = {
            "get": self._get,
            "set": self._set,
            "fault": self._fault,
            "counters": self._counters,
            "reset": self._reset,
            "hold": self._hold,
            "release": self._release,
            "post": self._post,
            "synthetic": self._synthetic,
        }

    async def carry_out(self, order: Order) -> Result:
        """Carry out one order and answer it.

        Raises:
            InvalidRequestError: It makes no sense.
            NotFoundError: A file to be posted is not there.
            OSError: A file cannot be written.
        """
        op = order.get("op")
        if op == "disconnect":
            return {"connections": await self._server.disconnect()}
        if op == "cut":
            return {"connections": await self._server.cut()}
        if op == "mend":
            await self._server.mend()
            return {}
        carry_out = self._operations.get(op) if isinstance(op, str) else None
        if carry_out is None:
            raise InvalidRequestError(f"there is no order {op!r}")
        return carry_out(order) or {}

    def _get(self, _order: Order) -> Result:
        return {"knobs": dataclasses.asdict(self._server.knobs)}

    def _set(self, order: Order) -> None:
        self._server.knobs = turned(self._server.knobs, _object(order, "knobs"))

    def _fault(self, order: Order) -> None:
        knobs = self._server.knobs
        faults = (*knobs.faults, fault_of(order.get("fault")))
        self._server.knobs = dataclasses.replace(knobs, faults=faults)

    def _counters(self, order: Order) -> Result:
        counters = self._server.counters.now.snapshot()
        if order.get("articles") is False:
            del counters["body_requests"], counters["stat_requests"]
        return {"counters": counters}

    def _reset(self, _order: Order) -> None:
        self._server.counters.reset()

    def _hold(self, order: Order) -> None:
        self._server.gates.close(_text(order, "gate"))

    def _release(self, order: Order) -> None:
        self._server.gates.release(_text(order, "gate"))

    def _post(self, order: Order) -> Result:
        paths: object = order.get("paths")
        if not _is_list_of(paths, str):
            raise InvalidRequestError("paths is a list of paths, and not empty")
        envelope = Envelope(
            article_size=_whole(order, "article_size", ARTICLE_SIZE),
            yenc_name=_text(order, "yenc_name") if "yenc_name" in order else None,
            subject=_text(order, "subject") if "subject" in order else None,
            salt=_text(order, "salt") if "salt" in order else "",
        )
        postings = [self._server.spool.post_file(Path(path), envelope) for path in paths]
        return _nzb(postings, order)

    def _synthetic(self, order: Order) -> Result:
        sizes: object = order.get("sizes")
        if not _is_list_of(sizes, int):
            raise InvalidRequestError("sizes is a list of whole numbers, and not empty")
        envelope = Envelope(article_size=_whole(order, "article_size", ARTICLE_SIZE))
        seed = _whole(order, "seed", 0)
        if "names" in order:
            return _nzb(self._patched(order, seed, sizes, envelope), order)
        postings = [
            SyntheticPosting(seed + index, size, envelope) for index, size in enumerate(sizes)
        ]
        return _nzb(postings, order)

    def _patched(
        self, order: Order, seed: int, sizes: list[int], envelope: Envelope
    ) -> list[PatchedPosting]:
        names: object = order.get("names")
        if not _is_list_of(names, str) or len(names) != len(sizes):
            raise InvalidRequestError("names is a list of texts, one for each of the sizes")
        patches: list[list[Patch]] = [[] for _ in sizes]
        try:
            for file, offset, data in order.get("patches", []):
                patches[int(file)].append((int(offset), bytes.fromhex(data)))
        except (ValueError, TypeError, IndexError) as error:
            raise InvalidRequestError(f"that is no list of patches: {error}") from None
        postings = [
            PatchedPosting(names[index], seed + index, size, patches[index], envelope)
            for index, size in enumerate(sizes)
        ]
        for posting in postings:
            self._server.spool.post_patched(posting)
        return postings


def write_nzb(postings: Sequence[Posting], metas: Mapping[str, str], path: Path) -> None:
    """Write the NZB of a post to a file."""
    with path.open("w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(nzb_lines(postings, metas))


def _nzb(postings: Sequence[Posting], order: Order) -> dict[str, Any]:
    metas = _object(order, "metas") if "metas" in order else {}
    if not all(isinstance(text, str) for text in metas.values()):
        raise InvalidRequestError("each of the metas is a text")
    if "nzb" in order:
        write_nzb(postings, metas, Path(_text(order, "nzb")))
        return {"nzb": order["nzb"]}
    return {"text": "".join(nzb_lines(postings, metas))}


def _is_list_of(value: object, kind: type[T]) -> TypeGuard[list[T]]:
    # A bool is an int by inheritance only.
    return isinstance(value, list) and bool(value) and all(type(item) is kind for item in value)


def _object(order: Order, name: str) -> Mapping[str, Any]:
    value = order.get(name)
    if not isinstance(value, Mapping):
        raise InvalidRequestError(f"{name} is an object")
    return value


def _text(order: Order, name: str) -> str:
    value = order.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequestError(f"{name} is a text")
    return value


def _whole(order: Order, name: str, default: int) -> int:
    value = order.get(name, default)
    if type(value) is not int:
        raise InvalidRequestError(f"{name} is a whole number")
    return value
