from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from altmount.config.document import read_document
from altmount.config.selection import select
from altmount.config.settings import Settings

FOLDER = Path("/etc/altmount")


def chosen(text):
    return select(Settings, read_document(text.encode(), "f"), FOLDER)


def test_what_is_not_given_is_left_to_its_default():
    tree = chosen("webdav: {user: me, password: ~}").tree
    assert tree["webdav"] == {"user": "me"}
    assert "providers" not in tree


def test_paths_start_at_the_folder_of_the_file():
    tree = chosen(
        "database: {path: a/b.db}\nmetadata: {root_path: /m}\nimport: {watch_dir: w}"
    ).tree
    assert tree["database"] == {"path": "/etc/altmount/a/b.db"}
    assert tree["metadata"] == {"root_path": "/m"}
    assert tree["import"] == {"watch_dir": "/etc/altmount/w"}
    assert tree["log"] == {"file": "/etc/altmount/altmount.log"}


def test_an_empty_path_stays_empty():
    assert chosen("log: {file: ''}").tree["log"] == {"file": ""}


def test_one_text_for_many_has_commas():
    tree = chosen("import: {allowed_file_extensions: 'mkv, mp4,,'}").tree
    assert tree["import"] == {"allowed_file_extensions": ["mkv", "mp4"]}


def test_the_wrong_shape_is_a_problem_that_quotes_nothing():
    selection = chosen(
        "streaming: hunter2\nwebdav: {password: [hunter2]}\nproviders: {host: hunter2}\n"
        "import: {allowed_file_extensions: [[hunter2]]}\nlog: [hunter2]\n"
        "api: {prefix: {a: hunter2}}"
    )
    assert {".".join(loc) for loc in selection.problems} == {
        "streaming",
        "webdav.password",
        "providers",
        "import.allowed_file_extensions",
        "log",
        "api.prefix",
    }
    assert "hunter2" not in str(selection.problems)


def test_the_wrong_shape_of_the_whole_is_a_problem():
    assert list(chosen("- a").problems) == [()]


def test_the_ancestors_keys_are_one_warning_a_section():
    warnings = chosen(
        "rclone: {uid: 1, mount_options: {Any: 1}}\nmount_type: /m\nprofiler_enabled: no\n"
        "providers: [{user_agent: a}, {user_agent: b, last_rtt_ms: 1}]\nhealth: 5\n"
        "metadata: {backup: {enabled: on}}\narrs: {radarr_instances: []}\n"
    ).warnings
    known = "known, but not acted on by this version: "
    assert set(warnings) == {
        f"{known}rclone.uid, rclone.mount_options",
        f"{known}mount_type, profiler_enabled, health",
        f"{known}providers.user_agent, providers.last_rtt_ms",
        f"{known}metadata.backup.enabled",
        f"{known}arrs.radarr_instances",
    }


def test_an_unknown_key_is_named_with_its_line_and_what_it_may_be():
    warnings = chosen(
        "streming: {a: 1}\nstreaming:\n  max_prefech: 1\n  frob: 2\n"
        "health: {repair: {enalbed: 1}}\n"
    ).warnings
    unknown = "unknown, perhaps misspelt: "
    assert set(warnings) == {
        f"{unknown}streming (f, line 1; did you mean streaming?)",
        (
            f"{unknown}streaming.max_prefech (f, line 3; did you mean max_prefetch?), "
            "streaming.frob (f, line 4)"
        ),
        f"{unknown}health.repair.enalbed (f, line 5; did you mean enabled?)",
    }


def test_many_unknown_keys_are_one_warning_of_bounded_length():
    text = "\n".join(f"{'k' * 200}{number}: 1" for number in range(1000))
    [warning] = chosen(text).warnings
    assert warning.endswith("and 900 more")
    assert len(warning) < 20_000


@given(st.integers(max_value=0))
def test_zero_and_below_stand_for_the_default_where_the_ancestor_has_it_so(number):
    selection = chosen(
        f"streaming: {{max_prefetch: {number}}}\nproviders: [{{inflight_requests: {number}}}]"
    )
    assert selection.tree["streaming"] == {}
    assert selection.tree["providers"] == [{}]
    second, first = selection.warnings
    assert "streaming.max_prefetch" in first
    assert "stands for the default, 60" in first
    assert "providers[0].inflight_requests" in second


def test_a_number_of_endless_digits_is_left_to_be_refused():
    digits = "9" * 5000
    assert chosen(f"streaming: {{max_prefetch: -{digits}}}").tree["streaming"] == {
        "max_prefetch": f"-{digits}"
    }


def test_a_place_that_was_not_written_is_that_of_what_it_belongs_to():
    selection = chosen("log:\nproviders:\n  - port: 1\n")
    assert selection.place(("providers", 0, "port")) == "f, line 3"
    assert selection.place(("providers", 0, "host")) == "f, line 3"
    assert selection.place(("webdav", "port")) == "f, line 1"
