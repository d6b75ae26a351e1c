from __future__ import annotations

import re
from pathlib import Path

import pytest

from altmount.sabnzbd.modes import TABLE, Mode, Right, changes, mode_of, right_to


@pytest.mark.parametrize(
    ("mode", "name", "found"),
    [
        ("version", "", Mode.VERSION),
        ("queue", "", Mode.QUEUE),
        ("queue", "delete", Mode.QUEUE_DELETE),
        ("queue", "what SABnzbd does not know", Mode.QUEUE),
        ("queue", "delete_nzf", None),
        ("queue", "move", Mode.SWITCH),
        ("queue", "change_name", Mode.QUEUE_RENAME),
        ("history", "delete", Mode.HISTORY_DELETE),
        ("history", "what SABnzbd does not know", None),
        ("addfile", "A.Film.nzb", Mode.ADD_FILE),
        ("addurl", "https://indexer.example/1", Mode.ADD_URL),
        ("fullstatus", "", Mode.FULL_STATUS),
        ("status", "unblock_server", None),
        ("warnings", "clear", Mode.WARNINGS_CLEAR),
        ("warnings", "show", Mode.WARNINGS),
        ("config", "speedlimit", Mode.SPEED_LIMIT),
        ("config", "", None),
        ("config", "test_server", None),
        ("QUEUE", "", None),
        ("eval_sort", "", None),
        ("", "", None),
    ],
)
def test_a_request_asks_for_one_mode_or_for_none(mode, name, found):
    assert mode_of(mode, name) is found


def test_every_mode_can_be_asked_for():
    found = {entry.plain for entry in TABLE.values()}
    found |= {mode for entry in TABLE.values() for mode in entry.named.values()}
    assert found - {None} == set(Mode)


def test_a_key_for_nzbs_hands_them_over_and_does_nothing_else():
    assert {mode for mode in Mode if right_to(mode) is Right.NZB} == {
        *(Mode.ADD_FILE, Mode.ADD_URL, Mode.ADD_LOCAL_FILE)
    }
    assert {mode for mode in Mode if right_to(mode) is None} == {Mode.VERSION, Mode.AUTH}
    assert right_to(None) is Right.CHANGE


def test_what_only_looks_changes_nothing():
    looking = {mode for mode in Mode if not changes(mode)}
    assert Mode.QUEUE in looking
    assert not looking & {Mode.QUEUE_DELETE, Mode.RETRY_ALL, Mode.ADD_URL, Mode.PAUSE}


def test_every_word_is_on_the_page_and_none_else():
    page = (Path(__file__).parents[3] / "docs/reference/endpoints.md").read_text("utf-8")
    section = page.partition("## SABnzbd")[2].partition("\n## ")[0]
    told = set()
    for words, names in re.findall(r"^\| (`[^|]*`) \| ([^|]*)\|", section, re.MULTILINE):
        if words == "`mode`":
            continue
        for word in re.findall(r"`([a-z_]+)`", words):
            told |= {(word, name) for name in re.findall(r"`([a-z_]+)`", names) or [""]}
    known = {(word, "") for word, entry in TABLE.items() if entry.plain is not None}
    known |= {
        (word, name)
        for word, entry in TABLE.items()
        for name, mode in entry.named.items()
        if mode is not None
    }
    assert told == known
