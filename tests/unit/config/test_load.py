from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altmount.config import ancestor
from altmount.config.errors import SettingsError
from altmount.config.keys import all_keys
from altmount.config.load import Loaded, load_settings
from altmount.config.settings import Settings
from altmount.errors import InvalidRequestError

ANCESTORS = Path(__file__).parents[2] / "support" / "ancestor_config.yaml"
PROVIDER = "providers: [{id: a, host: news.example, port: 563}]\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config.yaml"


@pytest.fixture
def load(file):
    def load(text, **environ):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_settings(file, environ)

    return load


@pytest.fixture
def problems(load, file):
    def problems(text, **environ):
        with pytest.raises(SettingsError) as caught:
            load(text, **environ)
        assert str(caught.value) == "\n".join(caught.value.problems)
        return [line.replace(str(file), "FILE") for line in caught.value.problems]

    return problems


def test_a_fresh_folder_gets_a_file_and_settings_that_work(tmp_path):
    file = tmp_path / "new" / "config.yaml"
    first = load_settings(file, {})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.settings.database.path == tmp_path / "new" / "altmount.db"
    assert first.settings.metadata.root_path == tmp_path / "new" / "metadata"
    assert first.settings.log.file == tmp_path / "new" / "altmount.log"
    written, no_provider = first.warnings
    assert "it was written" in written
    assert no_provider.startswith("providers: none is enabled")
    assert load_settings(file, {}) == Loaded(first.settings, (no_provider,))


def test_a_relative_file_gives_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(Path("c.yaml"), {}).settings.database.path == tmp_path / "altmount.db"


def test_a_file_with_one_provider_has_nothing_to_warn_of(load):
    assert load(PROVIDER).warnings == ()


def test_the_ancestors_file_loads_unchanged(tmp_path):
    shutil.copy(ANCESTORS, tmp_path / "config.yaml")
    loaded = load_settings(tmp_path / "config.yaml", {})
    main, block = loaded.settings.providers
    assert (main.id, main.password.get_secret_value()) == ("1", "0012345678")
    assert (main.max_connections, main.inflight_requests, main.tls) == (50, 10, True)
    assert (block.enabled, block.tls, block.is_backup_provider) == (True, False, True)
    assert loaded.settings.importing.allowed_file_extensions == (".mkv", ".mp4", ".avi", ".m2ts")
    assert loaded.settings.importing.filter_sample_files
    assert loaded.settings.sabnzbd.complete_dir == "/complete"
    folders = [category.folder for category in loaded.settings.sabnzbd.categories]
    assert folders == ["movies", "tv/hd", "other"]
    assert loaded.settings.log.file == Path("/config/altmount.log")
    assert loaded.settings.streaming.max_prefetch == 40
    assert "unknown" not in str(loaded.warnings)
    assert "SECRET" not in f"{loaded}{loaded!r}"


def test_the_ancestors_file_has_all_that_the_ancestor_knows():
    def names(value, above=""):
        entries = value if isinstance(value, list) else [value]
        for entry in (entry for entry in entries if isinstance(entry, dict)):
            for key, below in entry.items():
                yield f"{above}{key}"
                yield from names(below, f"{above}{key}.")

    ours = {
        ".".join(part for part in loc if isinstance(part, str)) for loc, _ in all_keys(Settings)
    }
    new = {
        "providers.min_connections",
        "import.passwords",
        "streaming.cache_bytes",
        "metrics",
        "metrics.open",
        "log.format",
    }
    new |= {"speed_test"} | {f"speed_test.{key}" for key in ("nzb", "private_hosts", "seconds")}
    new |= {"library", "library.undo_days", "webdav.own_port", "database.url"}
    new |= {"import.link_windows_names", "import.duplicates", "import.disc_view"}
    new |= {"webdav.local_file_bytes", "webdav.local_files_bytes"}
    new |= {f"auth.{key}" for key in ("jwt_secret", "cookie_domain", "cookie_secure")}
    new |= {"sabnzbd.local_folders", "sabnzbd.private_hosts", "import.duplicates"}
    new |= {"reverse_proxy", "reverse_proxy.trusted", "reverse_proxy.base_path"}
    wanted = (ours | ancestor.KEYS) - new
    same = ("lidarr", "readarr", "whisparr", "sportarr")  # as radarr and sonarr
    written = set(names(yaml.safe_load(ANCESTORS.read_text())))
    missing = wanted - written
    assert {
        key for key in missing if not key.startswith(tuple(f"arrs.{s}_" for s in same))
    } == set()


def test_every_key_left_alone_is_named(tmp_path):
    shutil.copy(ANCESTORS, tmp_path / "config.yaml")
    warnings = "\n".join(load_settings(tmp_path / "config.yaml", {}).warnings)
    for key in ("mount_path", "rclone.use_mmap", "health.repair.enabled", "providers.user_agent"):
        assert key in warnings


def test_the_environment_goes_on_top(load):
    loaded = load(
        PROVIDER + "streaming: {max_prefetch: 1}",
        ALTMOUNT_STREAMING__MAX_PREFETCH="7",
        ALTMOUNT_PROVIDERS__0__PASSWORD="123",
        ALTMOUNT_IMPORT__ALLOWED_FILE_EXTENSIONS='["mkv"]',
        PORT="9000",
    ).settings
    assert loaded.streaming.max_prefetch == 7
    assert loaded.providers[0].password.get_secret_value() == "123"
    assert loaded.importing.allowed_file_extensions == (".mkv",)
    assert loaded.webdav.port == 9000


@pytest.mark.parametrize("text", ["true", "True", "yes", "on", "1", '"true"', "null", "~", ""])
def test_yes_is_yes_however_it_is_written(load, text):
    text = f"providers: [{{host: h, port: 1, enabled: {text}}}]"
    assert load(text).settings.providers[0].enabled


@pytest.mark.parametrize("text", ["false", "no", "off", "0", '"False"'])
def test_no_is_no_however_it_is_written(load, text):
    loaded = load(f"providers: [{{id: a, host: h, port: 1, enabled: {text}}}]")
    assert not loaded.settings.providers[0].enabled
    [warning] = loaded.warnings
    assert "none is enabled" in warning


@given(st.integers())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_port_is_taken_if_it_is_one_and_named_if_it_is_not(load, number):
    text = f"{PROVIDER}webdav: {{port: '{number}'}}"
    if 1 <= number <= 65535:
        assert load(text).settings.webdav.port == number
    else:
        with pytest.raises(SettingsError, match=r"webdav\.port is .*; allowed: a whole number"):
            load(text)


def test_all_that_is_wrong_is_said_at_once_with_place_key_value_and_what_is_allowed(problems):
    text = """\
webdav: {port: 70000, password: [hunter2]}
streaming: hunter2
providers:
  - host: "https://me:hunter2@news.example"
    password: "hunter2\\n"
    tls: perhaps
    max_connections: 501
import: {allowed_file_extensions: [mkv, a/b]}
log: {level: loud}
"""
    assert problems(text) == [
        "FILE, line 1: webdav.password is a list; allowed: text",
        "FILE, line 2: streaming is a text; allowed: a mapping of keys",
        "FILE, line 1: webdav.port is '70000'; allowed: a whole number from 1 to 65535",
        (
            "FILE, line 4: providers[0].host is 'https://***@news.example'; "
            "allowed: a host name or an IP address, without scheme and port"
        ),
        "FILE, line 4: providers[0].port is missing; allowed: a whole number from 1 to 65535",
        "FILE, line 5: providers[0].password is ***; allowed: text without line breaks",
        (
            "FILE, line 7: providers[0].max_connections is '501'; "
            "allowed: a whole number from 1 to 500"
        ),
        "FILE, line 6: providers[0].tls is 'perhaps'; allowed: true or false",
        (
            "FILE, line 8: import.allowed_file_extensions[1] is 'a/b'; "
            "allowed: a list of extensions such as `.mkv`"
        ),
        "FILE, line 9: log.level is 'loud'; allowed: one of debug, info, warn, error",
    ]


def test_two_categories_of_one_name_are_an_error(problems):
    [line] = problems("sabnzbd:\n  categories: [{name: a}, {name: a}]\n")
    assert "FILE, line 2: sabnzbd.categories is" in line
    assert "each with its own name" in line


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("PORT", "http", "webdav.port"),
        ("PORT", "0", "webdav.port"),
        ("ALTMOUNT_LOG__LEVEL", "loud", "log.level"),
        ("ALTMOUNT_PROVIDERS__0__TLS", "maybe", "providers[0].tls"),
    ],
)
def test_a_wrong_variable_is_named(problems, name, value, key):
    [line] = problems(PROVIDER, **{name: value})
    assert line.startswith(f"environment variable {name}: {key} is '{value}'; allowed: ")


def test_a_wrong_secret_in_a_variable_is_not_shown(problems):
    [line] = problems(PROVIDER, ALTMOUNT_PROVIDERS__0__PASSWORD="hunter2\n")
    assert line.startswith("environment variable ALTMOUNT_PROVIDERS__0__PASSWORD: ")
    assert "hunter2" not in line


def test_an_error_leads_to_no_other_that_quotes_values(load):
    with pytest.raises(SettingsError) as caught:
        load("webdav: {port: hunter2}")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_error_of_settings_is_the_callers(problems):
    assert issubclass(SettingsError, InvalidRequestError)
    assert problems("a: [")[0].startswith("FILE, line 2, column 1: this is not YAML")


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read or written: Is a directory"):
        load_settings(tmp_path, {})


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(SettingsError, match="cannot be read or written"):
        load_settings(tmp_path / "a" / "config.yaml", {})


def test_a_file_that_is_too_long_is_refused(problems):
    [line] = problems(b"#" * (2 << 20))
    assert "longer than" in line


def test_an_id_that_is_missing_or_taken_is_made_up(load):
    loaded = load(
        "providers: [{host: h, port: 1}, {id: x, host: h, port: 1}, {id: x, host: i, port: 1}]"
    )
    assert [provider.id for provider in loaded.settings.providers] == ["h", "x", "i"]
    assert len(loaded.warnings) == 2


def test_a_short_api_key_is_a_warning_that_does_not_tell_it(load):
    [warning] = load(PROVIDER + "api: {key_override: hunter2}").warnings
    assert "api.key_override" in warning
    assert "hunter2" not in warning


def lines_of(load, text, **environ):
    """What the owner is told, whether there are settings or not."""
    try:
        loaded = load(text, **environ)
    except SettingsError as error:
        return error.problems
    hash(loaded.settings)
    return loaded.warnings


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_settings_or_an_error(load, data):
    assert lines_of(load, data) is not None


names = sorted({part for loc, _ in all_keys(Settings) for part in loc if isinstance(part, str)})
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
trees = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(names) | st.text(max_size=8), below, max_size=5)
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(list(Settings().model_dump(by_alias=True))), trees))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_yaml_is_settings_or_an_error(load, tree):
    assert all(line.isprintable() for line in lines_of(load, yaml.safe_dump(tree)))


@given(
    st.dictionaries(
        st.from_regex(r"(ALTMOUNT_)?[A-Z0-9_]{0,30}", fullmatch=True), st.text(), max_size=5
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_environment_gives_settings_or_an_error(load, environ):
    assert all(line.isprintable() for line in lines_of(load, PROVIDER, **environ))
