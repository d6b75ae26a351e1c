from __future__ import annotations

from collections.abc import Mapping

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from altmount.config.document import MAX_BYTES, Value, printable, read_document
from altmount.config.errors import SettingsError


def read(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return read_document(data, "file.yaml", **options)


def plain(value):
    match value.content:
        case Mapping() as entries:
            return {name: plain(below) for name, below in entries.items()}
        case tuple() as items:
            return [plain(item) for item in items]
        case content:
            return content


def problem(text):
    with pytest.raises(SettingsError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize("text", ["0123", "yes", "12:30", "1_000", "2026-01-01", "0x10", "1e3"])
def test_a_scalar_stays_what_was_typed(text):
    assert plain(read(f"a: {text}")) == {"a": text}


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none_unless_it_is_quoted(text):
    assert plain(read(f"a: {text}")) == {"a": None}
    assert plain(read(f"a: '{text}'")) == {"a": text}


def test_an_empty_document_is_nothing():
    assert read("# only a comment\n").content is None


def test_keys_are_lower_case():
    assert plain(read("WebDAV:\n  Port: 1")) == {"webdav": {"port": "1"}}


def test_each_value_knows_its_line():
    document = read("a:\n  b:\n    - x\n    - y\n")
    inner = document.content["a"].content["b"]
    assert [inner.where, inner.content[1].where] == ["file.yaml, line 2", "file.yaml, line 4"]


def test_lines_can_be_left_out():
    assert read("[1]", lines=False).content[0].where == "file.yaml"


def test_the_same_key_twice_is_an_error_that_names_both_places():
    text = problem("port: 1\nx: 1\nPORT: 2\n")
    assert "file.yaml, line 3" in text
    assert "port" in text
    assert "line 1" in text


def test_anchors_and_merges_work_and_what_is_said_here_wins():
    text = "base: &base {port: 1, tls: on}\none:\n  <<: *base\n  port: 2\ntwo: *base\n"
    document = plain(read(text))
    assert document["one"] == {"port": "2", "tls": "on"}
    assert document["two"] == {"port": "1", "tls": "on"}


def test_of_several_merged_mappings_the_first_wins():
    text = "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n"
    assert plain(read(text))["c"] == {"x": "1", "y": "2"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "line 2, column 1: this is not YAML"),
        ("a:\n\tb: 1", "line 2, column 1: this is not YAML"),
        (b"ok: 1\na: \xff", "line 2, column 4: this is not text in UTF-8"),
        ("a: *nowhere", "line 1: there is an alias"),
        ("a: &a [*a]", "line 1: there is an alias"),
        ("a: !!python/object/apply:os.system ['true']", "line 1: there is a tag"),
        ("a: !mine 1", "line 1: there is a tag"),
        ("--- {}\n--- {}\n", "line 2: there is more than one document"),
        ("? [a, b]\n: 1", "line 1: there is a list or a mapping where a key"),
        ("a: {<<: 5}", "line 1: there is << with"),
        ("[" * 100 + "]" * 100, "nested more than 32 deep"),
        ("a: [" + "1," * 20_001 + "]", "more than 20000 values"),
        ("#" * (MAX_BYTES + 1), f"longer than {MAX_BYTES} bytes"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_where_and_why(text, said):
    assert said in problem(text)


def test_a_bomb_of_aliases_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than 20000 values" in problem("\n".join(lines))


def test_a_bomb_of_merges_is_refused():
    lines = ["a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}" for n in range(1, 40)]
    assert "more than 20000 values" in problem("\n".join(lines))


def test_a_broken_document_is_not_quoted():
    assert "hunter2" not in problem('password: "hunter2\nport: 1\n')


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        value = read(data)
    except SettingsError:
        return
    assert isinstance(value, Value)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
keys = texts.map(str.lower).filter(lambda key: key != "<<")
trees = st.recursive(
    st.none() | texts,
    lambda below: (
        st.lists(below, max_size=4)
        | st.lists(st.tuples(keys, below), max_size=4, unique_by=lambda pair: pair[0]).map(dict)
    ),
    max_leaves=15,
)


@given(trees)
def test_what_was_written_as_yaml_is_read_as_it_was(tree):
    lowered = yaml.safe_dump(tree, allow_unicode=True)
    assert plain(read(lowered)) == tree


def test_what_is_printed_is_one_short_line():
    assert printable("a\nb\x1b[31m") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m"
    assert printable("x" * 100) == "x" * 60 + "…"
