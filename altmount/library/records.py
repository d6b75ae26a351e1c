"""What the journal's lines say, as values and as JSON.

Moments are microseconds since 1970. A node is a list of the fields of
:class:`~altmount.db.nodes.NodeRow`, a shift is ``[id, [parent, name] or null, [parent, name]]``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from altmount.db.nodes import Effects, NodeRow, Place, Record, Shift
from altmount.library.sidecar import EPOCH, MICROSECOND


@dataclass(frozen=True, slots=True)
class Deed:
    """A change as the journal keeps it: enough to do it again on an index that lacks it."""

    record: Record
    effects: Effects
    release: str | None = None
    """The release that it brought in."""

    gone: tuple[str, ...] = ()
    """Releases whose sidecars are let go with it."""


def deed_to_json(deed: Deed) -> bytes:
    effects = deed.effects
    facts = _facts(deed.record) | {
        "drop": effects.drop,
        "add": [node_to_list(row) for row in effects.add],
        "touch": effects.touch,
        "release": deed.release,
        "gone": deed.gone,
    }
    return _dumps(facts)


def deed_from_json(data: bytes) -> Deed:
    """Read a deed.

    Raises:
        ValueError, TypeError, KeyError, OverflowError: It makes no sense.
    """
    facts = json.loads(data)
    record = _record(facts)
    return Deed(
        record,
        Effects(
            at=record.at,
            drop=tuple(map(str, facts["drop"])),
            shifts=record.shifts,
            add=tuple(node_from_list(each) for each in facts["add"]),
            touch=tuple(map(str, facts["touch"])),
        ),
        facts["release"],
        tuple(map(str, facts["gone"])),
    )


def record_to_json(record: Record) -> bytes:
    return _dumps(_facts(record) | {"undone_by": record.undone_by})


def record_from_json(data: bytes) -> Record:
    """Read what was done once; raises as :func:`deed_from_json`."""
    return _record(json.loads(data))


def node_to_list(row: NodeRow) -> list[object]:
    created, modified = _microseconds(row.created), _microseconds(row.modified)
    return list(row._replace(created=created, modified=modified))  # type: ignore[arg-type]


def node_from_list(values: Sequence[Any]) -> NodeRow:
    """Read a node; raises as :func:`deed_from_json`."""
    row = NodeRow(*values)
    return row._replace(
        created=EPOCH + values[3] * MICROSECOND, modified=EPOCH + values[4] * MICROSECOND
    )


def _facts(record: Record) -> dict[str, object]:
    return {
        "number": record.number,
        "at": _microseconds(record.at),
        "action": record.action,
        "actor": [record.door, record.user, record.client],
        "source": record.source,
        "target": record.target,
        "reason": record.reason,
        "shifts": [[each.id, each.was, each.now] for each in record.shifts],
        "undoes": record.undoes,
    }


def _record(facts: dict[str, Any]) -> Record:
    door, user, client = facts["actor"]
    return Record(
        number=int(facts["number"]),
        at=EPOCH + int(facts["at"]) * MICROSECOND,
        action=str(facts["action"]),
        door=str(door),
        user=str(user),
        client=str(client),
        source=str(facts["source"]),
        target=facts["target"],
        reason=str(facts["reason"]),
        shifts=tuple(
            Shift(str(node), Place(*was) if was else None, Place(*now))
            for node, was, now in facts["shifts"]
        ),
        undoes=facts["undoes"],
        undone_by=facts.get("undone_by"),
    )


def _dumps(facts: object) -> bytes:
    return json.dumps(facts, separators=(",", ":")).encode()


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
