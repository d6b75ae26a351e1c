from __future__ import annotations

import pytest

from altmount import __version__
from altmount.cli import build_parser, main


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["unknown"], ["import"]])
def test_a_wrong_command_is_answered_with_2(argv, capsys):
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "rebuild", "import"])
def test_wrong_settings_name_file_key_value_and_what_is_allowed(command, tmp_path, capsys):
    config = tmp_path / "config.yaml"
    config.write_text("webdav:\n  port: 99999\n")
    argv = [command, "--config", str(config)]
    if command == "import":
        argv.append(str(config))
    assert main(argv) == 2
    said = capsys.readouterr().err
    for word in (str(config), "webdav.port", "99999", "65535"):
        assert word in said


def test_every_command_explains_itself(capsys):
    parser = build_parser()
    for command in ("serve", "import", "rebuild", "db", "passwd", "users", "newsserver", "demo"):
        with pytest.raises(SystemExit):
            parser.parse_args([command, "--help"])
        assert f"altmount {command}" in capsys.readouterr().out
