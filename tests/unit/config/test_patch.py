from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from altmount.config.edits import Drop, Order, Put, edited
from altmount.config.errors import SettingsError
from altmount.config.load import settings_in
from altmount.config.patch import patch_of, section_of
from altmount.config.shown import MASK
from altmount.errors import NotFoundError

TREE = {
    "webdav": {"port": "8081", "password": "secret"},
    "import": {"passwords": ["one", "two"], "allowed_file_extensions": ".mkv, .mp4"},
    "providers": [
        {"id": "a", "host": "ha", "port": "1", "password": "pa"},
        {"id": "b", "host": "hb", "port": "2", "password": "pb"},
    ],
    "health": {"enabled": "true"},
}


def patch(body, tree=TREE):
    settings = settings_in(yaml.safe_dump(tree).encode(), Path("/config.yaml"), {}).settings
    return patch_of(tree, settings, body)


def after(body, tree=TREE):
    for edit in patch(body, tree).edits:
        tree = edited(tree, edit)
    return tree


@pytest.mark.parametrize(
    ("body", "edits"),
    [
        ({}, []),
        ({"webdav": {"port": 8081}}, []),
        ({"webdav": {"own_port": 0, "host": ""}, "mount_path": ""}, []),
        ({"providers": [{"id": "a", "tls": False}, {"id": "b", "name": ""}]}, []),
        ({"webdav": {"port": 9090, "user": "me"}}, [9090, "me"]),
        ({"webdav": {"password": MASK}}, []),
        ({"webdav": {"password": "", "password_set": True}}, []),
        ({"webdav": {"password": None}}, [None]),
        ({"webdav": {"password": "new"}}, ["new"]),
        ({"mount_path": "/mnt"}, ["/mnt"]),
        ({"import": {"allowed_file_extensions": [".mkv", ".mp4"]}}, []),
        ({"import": {"allowed_file_extensions": [".mkv"]}}, [[".mkv"]]),
        ({"import": {"passwords": [MASK, MASK]}}, []),
        ({"import": {"passwords": [MASK, "new"]}}, [["one", "new"]]),
        ({"providers": [{"id": "a", "password": MASK}, {"id": "b", "password_set": True}]}, []),
    ],
)
def test_only_what_differs_is_put(body, edits):
    found = patch(body).edits
    assert all(isinstance(edit, Put) for edit in found)
    assert [edit.value for edit in found] == edits


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"webdav": {"prot": 1}}, "webdav.prot is unknown; did you mean port?"),
        ({"nonsense": 1}, "nonsense is unknown"),
        ({"webdav": 5}, "webdav has the wrong shape; allowed: a mapping"),
        ({"webdav": {"port": {"x": 1}}}, "webdav.port has the wrong shape"),
        ({"webdav": {"port": [1]}}, "webdav.port has the wrong shape"),
        ({"providers": {"id": "a"}}, "providers has the wrong shape"),
        ({"providers": [1]}, "providers has the wrong shape"),
        ({"providers": [{"id": "a"}, {"id": "a"}]}, "two entries of the same id"),
        ({"providers": [{"id": "c", "password": MASK}]}, "providers[0] is new; give its secrets"),
        ({"import": {"passwords": [MASK] * 3}}, "masked entry more than there are"),
        ({"import": {"allowed_file_extensions": [["x"]]}}, "has the wrong shape"),
    ],
)
def test_what_makes_no_sense_is_told_and_quotes_no_value(body, said):
    with pytest.raises(SettingsError) as caught:
        patch(body)
    assert said in str(caught.value)


def test_what_only_the_ancestor_knows_is_left_out_and_told():
    found = patch({"health": {"enabled": False}, "import": {"read_timeout_seconds": 5}})
    assert found.edits == []
    assert found.ignored == ["health", "import.read_timeout_seconds"]


def test_accounts_are_known_again_by_their_ids():
    found = after(
        {"providers": [{"id": "c", "host": "hc", "port": 1}, {"id": "b", "name": "new"}]}
    )["providers"]
    assert found == [
        {"id": "c", "host": "hc", "port": "1"},
        {"id": "b", "host": "hb", "port": "2", "password": "pb", "name": "new"},
    ]


def test_an_account_without_an_id_is_known_by_the_one_that_was_made_up():
    one = {"host": "h", "port": "1", "password": "p"}
    two = {"id": "b", "host": "hb", "port": "2"}
    found = after({"providers": [{"id": "b"}, {"id": "h", "port": 3}]}, {"providers": [one, two]})
    assert found["providers"] == [two, one | {"port": "3"}]


@given(
    st.lists(st.sampled_from("abcdefg"), unique=True),
    st.lists(st.sampled_from("abcdefg"), unique=True),
)
def test_any_list_becomes_any_other_and_keeps_what_is_not_told(before, wanted):
    tree = {
        "providers": [
            {"id": name, "host": "h", "port": "1", "password": f"p{name}"} for name in before
        ]
    }
    found = after({"providers": [{"id": name, "host": "h"} for name in wanted]}, tree)
    for entry, name in zip(found["providers"] or [], wanted, strict=True):
        kept = {"port": "1", "password": f"p{name}"} if name in before else {}
        assert entry == {"id": name, "host": "h"} | kept


def test_edits_of_lists_are_the_small_ones():
    edits = patch({"providers": [{"id": "b"}, {"id": "a"}]}).edits
    assert edits == [Order(("providers",), (1, 0))]
    assert patch({"providers": [{"id": "b"}]}).edits == [Drop(("providers", 0))]


def test_a_section_may_be_sent_by_itself_or_by_its_name():
    assert section_of("webdav", {"port": 1}) == {"webdav": {"port": 1}}
    assert section_of("webdav", {"webdav": {"port": 1}}) == {"webdav": {"port": 1}}
    assert section_of("providers", {"providers": []}) == {"providers": []}
    with pytest.raises(SettingsError, match="mount_path is missing"):
        section_of("mount_path", {"path": "/x"})
    with pytest.raises(NotFoundError, match="no section 'x'"):
        section_of("x", {})
