from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from altmount.nzb.assembly import Assembly
from altmount.nzb.limits import Limits


def assembled(events):
    assembly = Assembly(Limits())
    for kind, *arguments in events:
        getattr(assembly, kind)(*arguments)
    return assembly


def test_a_tag_left_open_ends_with_the_next():
    assembly = assembled(
        [
            ("start", "file", {"subject": "s"}),
            ("start", "group", {}),
            ("text", "a.b"),
            ("start", "segment", {}),
            ("text", "a@b"),
            ("start", "segment", {}),
            ("text", "c@d"),
            ("start", "file", {"subject": "t"}),
        ]
    )
    first, second = assembly.nzb().files
    assert (first.groups, len(first.segments), len(second.segments)) == (("a.b",), 2, 0)


def test_a_segment_whose_end_was_never_seen_is_not_taken():
    assembly = assembled([("start", "file", {}), ("start", "segment", {}), ("text", "a@b")])
    assert assembly.nzb() is None


def test_unknown_tags_are_passed_over_but_not_what_is_in_them():
    assembly = assembled(
        [
            ("start", "wrapper", {"a": "b"}),
            ("start", "x:FILE", {"x:SUBJECT": "s"}),
            ("start", "segment", {}),
            ("text", "a"),
            ("start", "b", {}),
            ("text", "@b"),
            ("end", "b"),
            ("end", "segment"),
        ]
    )
    [file] = assembly.nzb().files
    assert (file.subject, file.segments.ids, assembly.root) == ("s", b"a@b", "wrapper")


@given(st.lists(st.text(" a@b\n", max_size=3000), max_size=5))
@example([" " * 5000, "a"])
@example([" " * 3000, " " * 1095 + "ab"])
def test_how_text_is_cut_makes_no_difference(pieces):
    def group_of(texts):
        events = [("start", "file", {"subject": "s"}), ("start", "group", {})]
        events += [("text", text) for text in texts]
        events += [("start", "segment", {}), ("text", "a@b"), ("end", "segment")]
        return assembled(events).nzb()

    assert group_of(pieces) == group_of(["".join(pieces)])
