"""Findings as people and as programs read them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from altmount import __version__
from altmount.config.document import printable
from altmount.doctor.finding import Finding, Grade, worst

_LONGEST = 4000


def as_text(finding: Finding) -> str:
    """A finding for people: a line, and one more if there is something to do."""
    subject = f" {printable(finding.subject, 1000)}:" if finding.subject else ""
    text = printable(finding.text, _LONGEST)
    first = f"{finding.grade.word:8} {finding.check}:{subject} {text}"
    return f"{first}\n{'':8} -> {printable(finding.fix, _LONGEST)}" if finding.fix else first


def summary(findings: Sequence[Finding]) -> str:
    """What all of them come to, in a line."""
    counts = Counter(finding.grade for finding in findings)
    errors, warnings = counts[Grade.ERROR], counts[Grade.WARNING]
    if not errors and not warnings:
        return "Nothing is wrong."
    said = [_number(errors, "thing does", "things do") + " not work"] if errors else []
    said += [_number(warnings, "thing calls", "things call") + " for a look"] if warnings else []
    return f"{', '.join(said)}."


def as_json(findings: Sequence[Finding]) -> str:
    """All findings for programs, as one JSON object."""
    report = {
        "version": __version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "worst": worst(findings).word,
        "findings": [
            {
                "check": finding.check,
                "subject": finding.subject,
                "grade": finding.grade.word,
                "text": finding.text,
                "fix": finding.fix,
                "facts": dict(finding.facts),
            }
            for finding in findings
        ],
    }
    return json.dumps(report, indent=2)


def _number(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
