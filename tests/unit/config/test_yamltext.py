from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from altmount.config.document import read_document
from altmount.config.edits import Drop, Order, Put, edited, text_of, tree_of
from altmount.config.template import default_text
from altmount.config.yamltext import with_edits
from altmount.errors import ObstacleError

FILE = """\
# My settings. Mind the port!
webdav:
    port: 8080   # not 80
    User: 'viewer'
    password: "it''s # secret"

providers:   # in this order
  # the good one
  - id: main
    host: news.example.com   # fast
    password: 0123
  # a block account
  - id: block
    host: other.example.com

log: {level: info, file: }
import:
# nothing yet
mount_path: /mnt/usenet
"""


def changed(text, *edits):
    return with_edits(text.encode(), edits, "config.yaml").decode()


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (Put(("webdav", "port"), 9090), "port: 8080   #", "port: 9090   #"),
        (Put(("webdav", "user"), "a: b"), "User: 'viewer'", 'User: "a: b"'),
        (Put(("webdav", "host"), "h"), 'secret"\n', 'secret"\n    host: h\n'),
        (Put(("providers", 0, "password"), "yes"), "password: 0123", 'password: "yes"'),
        (Put(("providers", 1, "tls"), True), "r.example.com\n", "r.example.com\n    tls: true\n"),
        (Put(("log", "level"), "debug"), "level: info,", "level: debug,"),
        (Put(("log", "file"), "x.log"), "file: }", "file: x.log}"),
        (Put(("log", "max_age"), 3), "file: }", "file: , max_age: 3}"),
        (Put(("import", "watch_dir"), "/w"), "import:\n", "import:\n  watch_dir: /w\n"),
        (Put(("mount_path",), ""), "mount_path: /mnt/usenet", 'mount_path: ""'),
        (Put(("api", "key"), None), "/mnt/usenet\n", "/mnt/usenet\napi:\n  key: null\n"),
        (
            Put(("providers", 2), {"id": "new", "port": 119}),
            "host: other.example.com\n",
            "host: other.example.com\n  - id: new\n    port: 119\n",
        ),
        (
            Drop(("providers", 0)),
            "  - id: main\n    host: news.example.com   # fast\n    password: 0123\n",
            "",
        ),
        (
            Drop(("providers", 1)),
            "  - id: block\n    host: other.example.com\n",
            "",
        ),
        (
            Order(("providers",), (1, 0)),
            FILE[FILE.index("  - id: main") : FILE.index("\nlog:")],
            """\
  # a block account
  - id: block
    host: other.example.com
  - id: main
    host: news.example.com   # fast
    password: 0123
""",
        ),
    ],
)
def test_only_what_is_changed_is_written_anew(edit, old, new):
    assert FILE.count(old) == 1
    assert changed(FILE, edit) == FILE.replace(old, new)


def test_the_file_of_defaults_can_be_filled_in():
    text = changed(
        default_text(),
        Put(("webdav", "port"), 9090),
        Put(("providers", 0), {"id": "a", "host": "h", "port": 563}),
        Put(("providers", 1), {"id": "b", "host": "i", "port": 119}),
        Put(("mount_path",), "/mnt"),
        Put(("import", "allowed_file_extensions"), [".mkv", ".mp4"]),
    )
    tree = tree_of(read_document(text.encode(), "c"))
    assert tree["webdav"] == {"port": "9090"}
    assert [one["id"] for one in tree["providers"]] == ["a", "b"]
    assert tree["import"] == {"allowed_file_extensions": [".mkv", ".mp4"]}
    assert [line for line in default_text().splitlines() if line not in text.splitlines()] == []


@pytest.mark.parametrize("text", ["", "# nothing\n", "webdav:", "webdav: ~", "webdav: {}", "{}"])
def test_where_there_is_nothing_yet_it_is_added(text):
    found = changed(text, Put(("webdav", "port"), 1), Put(("api", "prefix"), "/x"))
    tree = tree_of(read_document(found.encode(), "c"))
    assert tree == {"webdav": {"port": "1"}, "api": {"prefix": "/x"}}
    assert found.startswith(text.rstrip("~}").rstrip())


def test_line_ends_and_a_byte_order_mark_stay():
    text = "\ufeff" + FILE.replace("\n", "\r\n")
    found = changed(text, Put(("webdav", "host"), "h"), Drop(("providers", 0)))
    assert found == "\ufeff" + changed(
        FILE, Put(("webdav", "host"), "h"), Drop(("providers", 0))
    ).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("a: &x {p: 1}\nb: *x\n", Put(("b", "p"), 2)),
        ("a: &x\n  p: 1\nb:\n  <<: *x\n", Put(("a", "p"), 2)),
        ("a: text\n", Put(("a", "p"), 2)),
        ("a: [1]\n", Put(("a", 3), 2)),
        ("a: [1]\n", Drop(("b", 0))),
        ("a: 1\n...\n", Put(("b",), 2)),
    ],
)
def test_what_would_change_something_else_is_refused(text, edit):
    with pytest.raises(ObstacleError, match=r"config\.yaml cannot be edited.*by hand"):
        changed(text, edit)


def test_what_is_no_text_is_refused():
    with pytest.raises(ObstacleError, match="not in UTF-8"):
        with_edits(b"a: \xff", [Put(("a",), 1)], "c")


def test_an_error_quotes_no_secret():
    with pytest.raises(ObstacleError) as caught:
        changed("a: &x {p: SECRET}\nb: *x\n", Put(("b", "p"), "HIDDEN"))
    assert "SECRET" not in str(caught.value)
    assert "HIDDEN" not in str(caught.value)


names = st.sampled_from(["webdav", "port", "user", "import", "providers", "x"])
texts = st.text(max_size=12) | st.sampled_from(
    ["null", "~", "yes", "0123", "a: b", "- x", "#", "'"]
)
scalars = st.none() | st.booleans() | st.integers(-9, 9999) | texts
flat = st.dictionaries(names, scalars, max_size=3)
values = st.recursive(
    scalars | st.lists(scalars, max_size=3) | st.lists(flat, max_size=3),
    lambda inner: st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
"""Of the shapes that settings have: no list lies right in another."""

documents = st.dictionaries(names, values, min_size=1, max_size=4)


@st.composite
def pages(draw):
    """A document, written in one of the ways in which people and programs do."""
    document = draw(documents)
    if draw(st.booleans()):
        return json.dumps(document)
    text = yaml.safe_dump(
        document,
        default_flow_style=draw(st.sampled_from([False, None])),
        indent=draw(st.integers(2, 4)),
        allow_unicode=draw(st.booleans()),
        width=draw(st.sampled_from([20, 1000])),
        default_style=draw(st.sampled_from([None, "'", '"'])),
    )
    if draw(st.booleans()):
        text += "# an end\n"
    return text


def places(tree, loc=()):
    yield loc
    items = tree.items() if isinstance(tree, dict) else enumerate(tree or ())
    for part, below in () if isinstance(tree, str) else items:
        yield from places(below, (*loc, part))


@given(pages(), st.data())
def test_any_edit_comes_out_as_it_is_meant_and_none_is_refused_but_for_what_it_meets(page, data):
    try:
        tree = tree_of(read_document(page.encode(), "c"))
    except Exception:  # noqa: BLE001 what was drawn is no document of ours
        assume(False)
    loc = data.draw(st.sampled_from([*places(tree)][1:]))
    kind = data.draw(st.sampled_from(["put", "add", "drop"]))
    value = data.draw(values)
    edit = Put(loc, value)
    if kind == "add":
        edit = Put((*loc, data.draw(names)), value)
    elif kind == "drop":
        edit = Drop(loc)
    try:
        expected = edited(tree, edit)
    except (LookupError, TypeError):
        with pytest.raises(ObstacleError):
            changed(page, edit)
        return
    found = tree_of(read_document(changed(page, edit).encode(), "c"))
    assert plain(found) == plain(expected)


def plain(tree):
    if isinstance(tree, dict):
        return {name: plain(one) for name, one in tree.items()} or None
    return [plain(one) for one in tree] if isinstance(tree, list) else tree


@given(st.integers(1, 6), st.data())
def test_any_order_of_a_list_is_that_order(count, data):
    order = data.draw(st.permutations(range(count)))
    entries = [f"  # number {n}\n  - id: p{n}\n    host: h{n}\n" for n in range(count)]
    text = "providers:\n" + "".join(entries) + "log:\n  level: info\n"
    found = changed(text, Order(("providers",), tuple(order)))
    tree = tree_of(read_document(found.encode(), "c"))
    assert [one["id"] for one in tree["providers"]] == [f"p{n}" for n in order]
    assert sorted(found.splitlines()) == sorted(text.splitlines())


@given(values)
def test_what_is_put_is_what_is_read(value):
    found = changed("a: 1\n", Put(("b",), value))
    assert plain(tree_of(read_document(found.encode(), "c"))) == plain(
        {"a": "1", "b": text_of(value)}
    )
