from __future__ import annotations

from collections.abc import Mapping

import pytest

from altmount.config.document import read_document
from altmount.config.environment import overlay
from altmount.config.errors import SettingsError


def plain(value):
    match value.content:
        case Mapping() as entries:
            return {name: plain(below) for name, below in entries.items()}
        case tuple() as items:
            return [plain(item) for item in items]
        case content:
            return content


def laid(text, **environ):
    return overlay(read_document(text.encode(), "f"), environ)


def merged(text, **environ):
    result = laid(text, **environ)
    assert not result.warnings
    return plain(result.document)


def test_a_variable_goes_over_the_file_and_leaves_the_rest():
    document = merged(
        "streaming: {max_prefetch: 1, cache_bytes: 2}", ALTMOUNT_STREAMING__MAX_PREFETCH="9"
    )
    assert document == {"streaming": {"max_prefetch": "9", "cache_bytes": "2"}}


@pytest.mark.parametrize("text", ["", "streaming:", "log: {level: info}"])
def test_a_variable_needs_no_section_in_the_file(text):
    assert merged(text, ALTMOUNT_STREAMING__MAX_PREFETCH="9")["streaming"] == {"max_prefetch": "9"}


def test_one_field_of_one_provider_can_be_set():
    document = merged("providers: [{host: a}, {host: b}]", ALTMOUNT_PROVIDERS__1__PASSWORD="[x, y")
    assert document == {"providers": [{"host": "a"}, {"host": "b", "password": "[x, y"}]}


def test_providers_can_be_made_of_variables_alone():
    names = {f"ALTMOUNT_PROVIDERS__{n}__HOST": f"h{n}" for n in (10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)}
    assert merged("", **names) == {"providers": [{"host": f"h{n}"} for n in range(11)]}


def test_a_gap_in_the_numbers_is_an_error_that_names_the_variable():
    with pytest.raises(SettingsError, match=r"ALTMOUNT_PROVIDERS__3__HOST: .* number 0"):
        laid("", ALTMOUNT_PROVIDERS__3__HOST="x")


def test_a_whole_list_is_json_and_single_fields_go_over_it():
    document = merged(
        "providers: [{host: old}, {host: older}]",
        ALTMOUNT_PROVIDERS='[{"host": "new", "port": 119}]',
        ALTMOUNT_PROVIDERS__0__PORT="563",
    )
    assert document == {"providers": [{"host": "new", "port": "563"}]}


def test_a_list_of_texts_is_json_or_has_commas():
    name = "ALTMOUNT_IMPORT__ALLOWED_FILE_EXTENSIONS"
    below = [merged("", **{name: text})["import"] for text in ('[".a", ".b"]', ".a,.b")]
    assert below == [
        {"allowed_file_extensions": [".a", ".b"]},
        {"allowed_file_extensions": ".a,.b"},
    ]


def test_what_is_not_json_is_an_error_that_names_the_variable_and_not_its_value():
    with pytest.raises(SettingsError, match="ALTMOUNT_PROVIDERS") as caught:
        laid("", ALTMOUNT_PROVIDERS='[{"password": "hunter2"')
    assert "hunter2" not in str(caught.value)


def test_port_wins():
    document = merged("webdav: {port: 1}", ALTMOUNT_WEBDAV__PORT="2", PORT="3")
    assert document == {"webdav": {"port": "3"}}


def test_an_empty_variable_is_not_set():
    assert merged("webdav: {port: 1}", ALTMOUNT_WEBDAV__PORT="", PORT="", ALTMOUNT_X="") == {
        "webdav": {"port": "1"}
    }


def test_variables_of_others_are_not_looked_at():
    assert merged("", HOME="/root", DIRECT_AUTH_SALT="x") is None


@pytest.mark.parametrize(
    ("said", "meant"), [("false", "never"), ("FALSE", "never"), ("true", "always"), ("x", "always")]
)
def test_the_ancestors_variables_of_the_login_win(said, meant):
    document = merged(
        "auth: {jwt_secret: file, cookie_domain: file.example}",
        JWT_SECRET="s3cret",
        COOKIE_DOMAIN="example.com",
        COOKIE_SECURE=said,
    )
    assert document == {
        "auth": {"jwt_secret": "s3cret", "cookie_domain": "example.com", "cookie_secure": meant}
    }


def test_a_variable_knows_its_name():
    document = laid("", ALTMOUNT_LOG__LEVEL="x").document
    assert (
        document.content["log"].content["level"].where == "environment variable ALTMOUNT_LOG__LEVEL"
    )


@pytest.mark.parametrize(
    "name",
    [
        "ALTMOUNT_WEBDAV__PROT",
        "ALTMOUNT_PORT",
        "ALTMOUNT_",
        "ALTMOUNT_WEBDAV__PORT__0",
        "ALTMOUNT_PROVIDERS__MAIN__PORT",
        "ALTMOUNT_PROVIDERS__0__",
        "ALTMOUNT_PROVIDERS__99999__PORT",
    ],
)
def test_an_unknown_variable_is_a_warning_that_names_it(name):
    [warning] = laid("", **{name: "x"}).warnings
    assert name in warning
    assert "unknown" in warning


def test_a_misspelt_variable_gets_a_suggestion():
    [warning] = laid("", ALTMOUNT_WEBDAV__PROT="x").warnings
    assert "did you mean ALTMOUNT_WEBDAV__PORT?" in warning


def test_many_unknown_variables_are_one_warning_of_bounded_length():
    [warning] = laid("", **{f"ALTMOUNT_{n:090}": "x" for n in range(300)}).warnings
    assert "and 200 more" in warning


@pytest.mark.parametrize(
    "name",
    ["ALTMOUNT_HEALTH__ENABLED", "ALTMOUNT_FUSE_BACKEND", "ALTMOUNT_PROVIDERS__0__USER_AGENT"],
)
def test_what_only_the_ancestor_acts_on_is_told_apart(name):
    [warning] = laid("", **{name: "x"}).warnings
    assert warning == f"environment: known, but not acted on by this version: {name}"


@pytest.mark.parametrize("text", ["streaming: 5", "providers: 5", "streaming: [1]"])
def test_what_is_wrong_in_the_file_is_not_hidden_by_a_variable(text):
    names = {"ALTMOUNT_STREAMING__MAX_PREFETCH": "9", "ALTMOUNT_PROVIDERS__0__HOST": "h"}
    [(key, value)] = plain(read_document(text.encode(), "f")).items()
    assert merged(text, **names)[key] == value
