from __future__ import annotations

import pytest

from altmount.config.edits import Put
from altmount.config.errors import SettingsError
from altmount.config.file import SettingsFile
from altmount.config.patch import Patch
from altmount.errors import ObstacleError

TEXT = "# mine\nwebdav:\n  port: 8080 # here\n"


def put(loc, value):
    return lambda tree, settings: Patch([Put(loc, value)])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(TEXT)
    return path


def test_a_draft_changes_nothing_until_it_is_written(path):
    file = SettingsFile(path, {})
    draft = file.draft(put(("webdav", "port"), 9090))
    assert draft.loaded.settings.webdav.port == 9090
    assert path.read_text() == TEXT
    file.write(draft)
    assert path.read_text() == TEXT.replace("8080", "9090")
    assert file.read().settings.webdav.port == 9090


def test_what_would_be_wrong_is_refused_with_its_place(path):
    with pytest.raises(SettingsError, match=r"line 3: webdav\.port is '0'; allowed"):
        SettingsFile(path, {}).draft(put(("webdav", "port"), 0))


def test_what_the_environment_says_otherwise_is_told(path):
    draft = SettingsFile(path, {"PORT": "7000"}).draft(put(("webdav", "port"), 9090))
    assert draft.overridden == ("webdav.port",)
    assert draft.loaded.settings.webdav.port == 7000


def test_a_file_that_someone_else_changes_meanwhile_is_let_be(path):
    file = SettingsFile(path, {})
    draft = file.draft(put(("webdav", "port"), 9090))
    path.write_text("# theirs\n")
    with pytest.raises(ObstacleError, match="changed just now by someone else"):
        file.write(draft)
    assert path.read_text() == "# theirs\n"


def test_a_file_that_cannot_be_read_or_written_is_told(path):
    file = SettingsFile(path, {})
    draft = file.draft(put(("webdav", "port"), 9090))
    path.unlink()
    with pytest.raises(ObstacleError, match="cannot be read: No such file"):
        file.draft(put(("webdav", "port"), 9090))
    with pytest.raises(ObstacleError, match="cannot be written: No such file"):
        file.write(draft)


def test_what_changes_nothing_is_not_written(path):
    path.chmod(0o400)
    before = path.stat()
    file = SettingsFile(path, {})
    file.write(file.draft(lambda tree, settings: Patch()))
    assert path.stat().st_ino == before.st_ino
