from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.doctor.configuration import Configuration
from altmount.doctor.finding import Grade, worst

SOUND = """
webdav: {password: chosen-by-me}
providers: [{id: one, host: news.example, port: 563}]
"""


async def looked(path, environ=None):
    read = Configuration(path, environ or {})
    findings = []
    await read.look(findings.append)
    return read.settings, findings


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.yaml"
    path.touch(mode=0o600)
    return path


async def test_sound_settings_are_well_and_nothing_is_written(config):
    config.write_text(SOUND)
    settings, findings = await looked(config)
    assert settings.providers[0].id == "one"
    assert [finding.grade for finding in findings] == [Grade.OK]
    assert list(config.parent.iterdir()) == [config]


async def test_a_file_that_is_not_there_is_not_written(tmp_path):
    settings, [finding] = await looked(tmp_path / "none.yaml")
    assert settings is None
    assert finding.grade is Grade.ERROR
    assert "--config" in finding.fix
    assert list(tmp_path.iterdir()) == []


async def test_each_wrong_value_is_a_finding_with_what_is_allowed(config):
    config.write_text(
        "webdav: {port: 0}\nproviders: [{host: 'a b', port: 563, password: s3cret}]\n"
    )
    settings, findings = await looked(config)
    assert settings is None
    assert len(findings) == 2
    assert "webdav.port" in findings[0].text
    assert "65535" in findings[0].fix
    assert "s3cret" not in f"{findings}"


async def test_what_others_may_read_and_a_password_that_all_know_are_told(config):
    config.write_text(SOUND.replace("chosen-by-me", "usenet"))
    config.chmod(0o644)
    _, findings = await looked(config)
    assert worst(findings) is Grade.WARNING
    assert any("chmod" in finding.fix for finding in findings)
    assert any("webdav.password" in finding.text for finding in findings)


async def test_a_misspelt_key_and_an_ancestor_s_are_told(config):
    config.write_text(SOUND + "webdaw: {}\nfuse: {enabled: true}\n")
    settings, findings = await looked(config)
    assert settings is not None
    assert any("webdaw" in one.text for one in findings if one.grade is Grade.WARNING)
    assert any("fuse" in one.text for one in findings if one.grade is Grade.NOTE)


async def test_a_folder_and_a_pipe_in_place_of_the_file_hold_nobody_up(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe, tmp_path / "pipe" / "below"):
        settings, [finding] = await looked(path)
        assert settings is None
        assert finding.grade is Grade.ERROR
        assert finding.fix


async def test_a_wrong_variable_is_told(config):
    config.write_text(SOUND)
    settings, [finding] = await looked(config, {"PORT": "many"})
    assert settings is None
    assert "PORT" in finding.text


HOSTILE = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(
                    [
                        *("webdav", "providers", "database", "metadata", "import", "sabnzbd"),
                        *("host", "port", "user", "path", "url", "root_path", "categories"),
                        *("name", "<<"),
                    ]
                ),
                inner,
                max_size=5,
            ),
        ),
        max_leaves=15,
    ).map(lambda value: repr(value).encode("utf-8", "replace")),
)


@given(HOSTILE)
def test_whatever_stands_in_the_file_becomes_findings(data):
    import asyncio
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.yaml")
        path.write_bytes(data)
        settings, findings = asyncio.run(looked(path))
    assert findings
    assert (settings is None) == (worst(findings) is Grade.ERROR)
