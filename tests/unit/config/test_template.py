from __future__ import annotations

import re
import stat

import pytest

from altmount.config.load import load_settings
from altmount.config.template import default_text, write_default


def uncommented():
    """The file with every `#` before a value taken away, as its head tells to do."""
    return re.sub(r"^( *)#(?! \S|$)", r"\1", default_text(), flags=re.MULTILINE)


def test_a_written_file_is_for_its_owner_only_and_alone_in_its_folder(tmp_path):
    file = tmp_path / "new" / "config.yaml"
    write_default(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert file.read_text() == default_text()


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path):
    target = tmp_path / "config.yaml"
    (target / "inner").mkdir(parents=True)
    with pytest.raises(OSError):
        write_default(target)
    assert list(tmp_path.iterdir()) == [target]


def test_the_default_file_changes_nothing(tmp_path):
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "default.yaml").write_text(default_text())
    empty, default = (load_settings(tmp_path / f"{n}.yaml", {}) for n in ("empty", "default"))
    assert default == empty


def test_with_its_comments_taken_away_it_holds_the_defaults_and_a_provider(tmp_path):
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "full.yaml").write_text(uncommented())
    full = load_settings(tmp_path / "full.yaml", {})
    assert not full.warnings
    [provider] = full.settings.providers
    assert (provider.host, provider.port, provider.username) == ("news.example.com", 563, "me")
    bare = full.settings.model_copy(update={"providers": ()})
    assert bare == load_settings(tmp_path / "empty.yaml", {}).settings
