"""Tests lie as the code lies, and every package has its place."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]

EXCUSED = {
    "altmount/__main__.py": "calls cli.main",
    "altmount/errors.py": "kinds of errors",
    "altmount/archives/iso/limits.py": "constants and errors",
    "altmount/archives/errors.py": "an error, and its kinds",
    "altmount/archives/model.py": "values",
    "altmount/archives/parser.py": "the values that parsers ask with",
    "altmount/auth/errors.py": "errors",
    "altmount/config/auth.py": "a section: tested through load and reference",
    "altmount/config/database.py": "a section",
    "altmount/config/errors.py": "an error",
    "altmount/config/library.py": "a section",
    "altmount/config/metadata.py": "a section",
    "altmount/config/metrics.py": "a section",
    "altmount/config/rclone.py": "a section",
    "altmount/config/speedtest.py": "a section",
    "altmount/config/streaming.py": "a section",
    "altmount/config/webdav.py": "a section",
    "altmount/db/errors.py": "errors",
    "altmount/fetch/errors.py": "errors",
    "altmount/fetch/page.py": "a value",
    "altmount/library/actor.py": "values",
    "altmount/library/errors.py": "errors",
    "altmount/library/nodes.py": "values",
    "altmount/library/release.py": "values",
    "altmount/nntp/errors.py": "errors",
    "altmount/nntp/shared.py": "a value",
    "altmount/nzb/errors.py": "an error",
    "altmount/webdav/errors.py": "errors",
    "altmount/nzb/limits.py": "constants",
}
"""Modules that declare and decide nothing, so that they need no test module of their own."""

ELSEWHERE = {
    "altmount/db/looped.py": "tests/unit/db/test_connection.py",
    "altmount/program.py": "tests/acceptance/test_play.py",
    "altmount/apitable.py": "tests/acceptance/test_document.py",
    "altmount/entrance.py": "tests/acceptance/test_logins.py",
    "altmount/webdav/bodies.py": "tests/unit/webdav/test_front.py",
    "altmount/webdav/environ.py": "tests/unit/webdav/test_front.py",
    "altmount/webdav/facade.py": "tests/unit/webdav/test_front.py",
    "altmount/webdav/middleware.py": "tests/unit/webdav/test_front.py",
    "altmount/webdav/properties.py": "tests/unit/webdav/test_multistatus.py",
    "altmount/webdav/provider.py": "tests/unit/webdav/test_front.py",
    "altmount/webdav/refusals.py": "tests/unit/webdav/test_front.py",
    "altmount/webdav/upstream.py": "tests/unit/webdav/test_front.py",
    "altmount/webdav/writing.py": "tests/unit/webdav/test_front.py",
    "altmount/web/answers.py": "tests/unit/api/test_queue.py",
    "altmount/web/tries.py": "tests/unit/api/test_auth.py",
    "altmount/db/nodes.py": "tests/unit/db/test_files.py",
    "altmount/library/again.py": "tests/unit/library/test_library.py",
    "altmount/library/arrival.py": "tests/unit/library/test_library.py",
    "altmount/library/replay.py": "tests/unit/library/test_rebuild.py",
    "altmount/library/undoing.py": "tests/unit/library/test_changes.py",
    "altmount/library/views.py": "tests/unit/library/test_changes.py",
    "altmount/archives/aes.py": "tests/unit/archives/rar/test_read.py",
    "altmount/archives/iso/udffile.py": "tests/unit/archives/iso/test_udf.py",
    "altmount/archives/iso/udftext.py": "tests/unit/archives/iso/test_udf.py",
    "altmount/archives/iso/udfvolume.py": "tests/unit/archives/iso/test_udf.py",
    "altmount/archives/rar/headers.py": "tests/unit/archives/rar/test_rar5.py",
    "altmount/archives/rar/volume.py": "tests/unit/archives/rar/test_read.py",
    "altmount/reader/entry.py": "tests/unit/reader/test_store.py",
    "altmount/reader/decrypted.py": "tests/conformance/test_sources.py",
    "altmount/reader/pieced.py": "tests/conformance/test_sources.py",
    "altmount/reader/stack.py": "tests/conformance/test_sources.py",
    "altmount/importer/archived.py": "tests/unit/importer/test_unpacking.py",
    "altmount/importer/posteddiscs.py": "tests/unit/importer/test_discs.py",
    "altmount/importer/rclonefiles.py": "tests/unit/importer/test_unpacking.py",
    "altmount/importer/opening.py": "tests/unit/importer/test_unpacking.py",
    "altmount/importer/obstacles.py": "tests/unit/importer/test_unpacking.py",
    "altmount/reader/inference.py": "tests/unit/reader/test_proven.py",
    "altmount/app.py": "tests/acceptance/test_play.py",
    "altmount/commands.py": "tests/acceptance/test_commands.py",
    "altmount/accountcommand.py": "tests/acceptance/test_logins.py",
    "altmount/db/jobrows.py": "tests/unit/db/test_jobs.py",
    "altmount/db/queue.py": "tests/unit/db/test_jobs.py",
    "altmount/importer/duplicates.py": "tests/unit/importer/test_queue.py",
    "altmount/dbcommand.py": "tests/acceptance/test_databases.py",
    "altmount/doctorcommand.py": "tests/acceptance/test_doctor.py",
    "altmount/linkscommand.py": "tests/acceptance/test_library_strategies.py",
    "altmount/api/regeneration.py": "tests/acceptance/test_library_strategies.py",
    "altmount/runningserver.py": "tests/acceptance/test_commands.py",
    "altmount/demo/command.py": "tests/acceptance/test_commands.py",
    "altmount/nntp/dial.py": "tests/integration/test_dial.py",
    "altmount/nzb/model.py": "tests/unit/nzb/test_columns.py",
    "altmount/reader/source.py": "tests/unit/reader/test_mapped.py",
    "altmount/nntp/exchange.py": "tests/unit/nntp/test_pool.py",
    "altmount/nntp/inquiry.py": "tests/unit/nntp/test_providers.py",
}
"""Modules that only make sense as part of something larger, and where that is tested."""

DECISIONS = (
    *(ast.If, ast.IfExp, ast.BoolOp, ast.Match, ast.Try, ast.comprehension),
    *(ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Await, ast.Yield),
)


def _modules() -> dict[str, str]:
    """Every module of the program and the test module that is its own."""
    found = {}
    for path in sorted((ROOT / "altmount").rglob("*.py")):
        module = path.relative_to(ROOT)
        # Migrations run in every test that opens a database; alembic finds them by their path.
        if path.name == "__init__.py" or "migrations" in module.parts:
            continue
        test = Path("tests/unit", *module.parts[1:-1], f"test_{module.name}")
        found[module.as_posix()] = test.as_posix()
    return found


def _layers() -> list[str]:
    """Every name that the layers contract gives a place, from the top down."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [layers] = (
        contract["layers"]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    return [name.strip() for layer in layers for name in layer.replace("|", ":").split(":")]


MODULES = _modules()


@pytest.mark.parametrize("module", sorted(MODULES.keys() - EXCUSED.keys() - ELSEWHERE.keys()))
def test_a_module_has_a_test_module_in_the_same_place(module):
    assert (ROOT / MODULES[module]).is_file(), f"{module} has no {MODULES[module]}"


def test_a_unit_test_module_is_named_after_the_module_it_tests():
    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/unit").rglob("test_*.py")}
    assert tests - set(MODULES.values()) == set()


def test_a_module_that_is_tested_elsewhere_is_there_and_so_are_its_tests():
    assert set(ELSEWHERE) <= set(MODULES)
    assert [test for test in ELSEWHERE.values() if not (ROOT / test).is_file()] == []


@pytest.mark.parametrize("module", EXCUSED)
def test_an_excused_module_decides_nothing(module):
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = (node for function in functions for node in ast.walk(function))
    assert [ast.unparse(node) for node in inside if isinstance(node, DECISIONS)] == []


def test_test_folders_are_no_packages():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_package_and_module_at_the_top_has_a_place_in_the_layers():
    at_the_top = {
        PurePosixPath(name).stem
        for name in (path.name for path in (ROOT / "altmount").iterdir())
        if (ROOT / "altmount" / name / "__init__.py").is_file() or name.endswith(".py")
    }
    assert sorted(_layers()) == sorted(at_the_top - {"__init__"})
