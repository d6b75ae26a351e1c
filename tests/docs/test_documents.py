"""What the documents say is so: their links lead somewhere, their commands exist, their
configurations load."""

from __future__ import annotations

import argparse
import ast
import fnmatch
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from altmount.cli import build_parser
from altmount.config.load import load_settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
MAKE = re.compile(r"(?:^|[;&|] *)make ([a-z][a-z-]*)", re.MULTILINE)
ALTMOUNT = re.compile(r"(?:^|[;&|] *)(?:\.venv/bin/)?altmount ([^\n|&;#]+)", re.MULTILINE)

# Written so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"(?:^|[^A-Za-z0-9_.-])/(?:wor[k]|roo[t]|hom[e]/[a-z]+)/")
PACKAGE_INDEX = re.compile(
    r"pypi[.](?:org|io)|pythonhosted[.]org|deb[.]debian[.]org|npmjs[.]org|proxy[.]golang[.]org"
    r"|ghcr[.]io|index[-]url"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    document: str
    language: str
    """What stands behind the fence: ``sh``, ``yaml config`` …"""

    text: str


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _blocks() -> Iterator[Block]:
    for path in DOCUMENTS:
        for language, text in FENCE.findall(path.read_text("utf-8")):
            yield Block(_name(path), language.strip(), text)


def _prose(path: Path) -> str:
    return FENCE.sub("", path.read_text("utf-8"))


def _code(path: Path) -> str:
    """The document's code, in blocks and in sentences, a piece a line."""
    text = path.read_text("utf-8")
    pieces = [block for language, block in FENCE.findall(text) if language.strip() in {"sh", ""}]
    return "\n".join([*pieces, *SPAN.findall(FENCE.sub("", text))])


def _anchors(path: Path) -> set[str]:
    """The anchors that headings get where Markdown is shown, by GitHub's rule."""
    titles = HEADING.findall(_prose(path))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _own_files() -> Iterator[Path]:
    """Every file that is or would be in the repository."""
    lines = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    ignored = [line.strip("/") for line in lines if line and not line.startswith("#")]
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if path.name == ".git" or any(fnmatch.fnmatch(path.name, one) for one in ignored):
                continue
            if path.is_dir():
                folders.append(path)
            else:
                yield path


def _parse(parser: argparse.ArgumentParser, arguments: list[str]) -> None:
    try:
        parser.parse_args(arguments)
    except SystemExit:
        pytest.fail(f"altmount does not understand: {arguments}")


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_link_inside_the_documents_leads_somewhere(path):
    for target in LINK.findall(_prose(path)):
        link = urlsplit(target)
        if link.scheme:
            continue
        there = (path.parent / unquote(link.path)).resolve() if link.path else path
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if link.fragment:
            assert link.fragment in _anchors(there), target


def test_every_document_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        links = (urlsplit(target) for target in LINK.findall(_prose(path)))
        there = {(path.parent / link.path).resolve() for link in links if not link.scheme}
        waiting += [one for one in there if one.suffix == ".md" and one not in reached]
    assert {_name(path) for path in DOCUMENTS} - {_name(path) for path in reached} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_make_target_a_document_names_exists(path):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(MAKE.findall(_code(path))) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_command_line_of_altmount_in_a_document_is_understood(path):
    parser = build_parser()
    [commands] = (action for action in parser._actions if action.dest == "command")
    for line in ALTMOUNT.findall(_code(path)):
        arguments = shlex.split(line)
        assert arguments[0] in commands.choices, line
        if arguments[1:]:  # else it is only named
            _parse(parser, arguments)


def test_the_readme_names_the_first_two_commands():
    assert {"demo", "test"} <= set(MAKE.findall(_code(ROOT / "README.md")))


def test_every_configuration_in_a_document_loads_without_a_warning(tmp_path):
    blocks = [block for block in _blocks() if block.language == "yaml config"]
    assert blocks
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block.text, "utf-8")
        assert list(load_settings(path, {}).warnings) == [], block.document


def test_every_python_block_in_a_document_is_python():
    for block in _blocks():
        if block.language == "python":
            ast.parse(block.text, filename=block.document)


def test_every_block_says_what_it_is():
    known = {"sh", "python", "yaml", "yaml config", "text"}
    assert {block.language for block in _blocks()} <= known


def test_no_file_names_a_path_of_one_machine_or_a_package_index():
    found = []
    for path in _own_files():
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line) or PACKAGE_INDEX.search(line):
                found.append(f"{_name(path)}:{number}: {line.strip()[:120]}")
    assert found == []
