from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from altmount import __version__
from altmount.doctor.finding import Finding, Grade
from altmount.doctor.report import as_json, as_text, summary

BAD = Finding(
    "provider", "one", Grade.ERROR, "it refuses the login", "Check it.", {"step": "login"}
)


def test_a_finding_is_a_line_and_what_to_do_is_another():
    assert as_text(BAD).splitlines() == [
        "error    provider: one: it refuses the login",
        "         -> Check it.",
    ]
    assert as_text(Finding("clock", "", Grade.OK, "is right")) == "ok       clock: is right"


@given(st.text(max_size=50), st.text(max_size=50))
def test_nothing_that_is_told_can_steer_a_terminal(subject, text):
    shown = as_text(Finding("a", subject, Grade.OK, text))
    assert "\n" not in shown
    assert shown.isprintable()


def test_programs_get_one_object():
    report = json.loads(as_json([Finding("clock", "", Grade.OK, "is right"), BAD]))
    assert report["version"] == __version__
    assert report["worst"] == "error"
    assert report["at"].endswith("Z")
    assert report["findings"][1] == {
        "check": "provider",
        "subject": "one",
        "grade": "error",
        "text": "it refuses the login",
        "fix": "Check it.",
        "facts": {"step": "login"},
    }
    assert json.loads(as_json([]))["worst"] == "ok"


def test_the_last_line_counts():
    warning = Finding("a", "", Grade.WARNING, "x")
    assert summary([]) == "Nothing is wrong."
    assert summary([Finding("a", "", Grade.NOTE, "x")]) == "Nothing is wrong."
    assert summary([BAD]) == "1 thing does not work."
    assert summary([BAD, BAD, warning]) == "2 things do not work, 1 thing calls for a look."
