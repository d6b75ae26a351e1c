from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from altmount.webdav.urls import href


def test_a_folder_ends_in_a_slash_and_the_root_in_one_only():
    assert href("/webdav", "/", folder=True) == "/webdav/"
    assert href("", "/", folder=True) == "/"
    assert href("/webdav", "/a b", folder=True) == "/webdav/a%20b/"
    assert href("/webdav", "/a b", folder=False) == "/webdav/a%20b"


@given(st.text(st.characters(codec="utf-8")))
def test_any_path_can_be_read_again_and_needs_no_escape_in_xml(path):
    encoded = href("", path, folder=False)
    assert unquote(encoded) == path
    assert encoded.isascii()
    assert not set(encoded) & set('<>&"?#; ')
