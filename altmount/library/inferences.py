"""What files rely on, as a section of a sidecar: one line of JSON.

::

    {"sets": [[format, path, password], ...],
     "volumes": [[set, number, start, stop, [[article, offset, size], ...], layers], ...],
     "reliances": [[entry, start, stop, volume], ...]}

A volume's extents are those of its head, in the article table of the release; layers are as of a
transform (:mod:`.transforms`), and none where it lies plain.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from altmount.archives.model import Lead
from altmount.library.transforms import layers_of, read_layers
from altmount.reader.extents import ArticleTable, ExtentMap
from altmount.reader.inference import Inference, Reliance
from altmount.spans import Span


def written_inferences(entries: Iterable[Sequence[Reliance]]) -> bytes:
    """The section, for what all entries rely on; empty if that is nothing."""
    sets: dict[tuple[str, str, str | None], int] = {}
    volumes: dict[Inference, int] = {}
    rows: list[list[object]] = []
    reliances = []
    for index, relied in enumerate(entries):
        for span, inference in relied:
            if inference not in volumes:
                lead = inference.lead
                key = (lead.format, lead.path, inference.password)
                rows.append(_row(sets.setdefault(key, len(sets)), inference))
                volumes[inference] = len(volumes)
            reliances.append([index, span.start, span.stop, volumes[inference]])
    if not reliances:
        return b""
    return json.dumps({"sets": [*sets], "volumes": rows, "reliances": reliances}).encode()


def read_inferences(
    section: bytes | memoryview, table: ArticleTable
) -> Mapping[int, tuple[Reliance, ...]]:
    """What is in a section, by entry.

    Raises:
        ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError: It is damaged.
    """
    if not section:
        return {}
    facts = json.loads(bytes(section))
    sets = [(str(format_), str(path), password) for format_, path, password in facts["sets"]]
    volumes = [_inference(row, sets, table) for row in facts["volumes"]]
    found: dict[int, list[Reliance]] = defaultdict(list)
    for entry, start, stop, volume in facts["reliances"]:
        found[entry].append(Reliance(Span(start, stop), volumes[volume]))
    return {entry: tuple(reliances) for entry, reliances in found.items()}


def _row(set_: int, inference: Inference) -> list[object]:
    head, lead = inference.head, inference.lead
    extents = [
        [head.articles[index], head.offsets[index], head.starts[index + 1] - head.starts[index]]
        for index in range(len(head))
    ]
    layers = layers_of(inference.transform)
    return [set_, lead.number, lead.run.start, lead.run.stop, extents, layers]


def _inference(
    row: Sequence[Any], sets: Sequence[tuple[str, str, str | None]], table: ArticleTable
) -> Inference:
    set_, number, start, stop, extents, layers = row
    format_, path, password = sets[set_]
    starts, articles, offsets = array("Q", [0]), array("I"), array("I")
    for article, offset, size in extents:
        if not 0 < size <= table.sizes[article] - offset:
            raise ValueError("a head of a volume lies outside of its article")
        articles.append(article)
        offsets.append(offset)
        starts.append(starts[-1] + size)
    head = ExtentMap(starts, articles, offsets, table)
    lead = Lead(format_, number, path, Span(start, stop))
    return Inference(lead, head, read_layers(layers) if layers else None, password)
