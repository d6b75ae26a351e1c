"""The page of endpoints lists what there is, all of it, and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from altmount import app
from altmount.api.jobanswer import as_json
from altmount.api.journal import as_json as journal_as_json
from altmount.config.load import load_settings
from altmount.db.nodes import Record
from altmount.jobs import Job
from altmount.program import running
from altmount.web.readiness import Readiness
from altmount.webdav.front import METHODS
from tests.support.program import write_settings

PAGE = (Path(__file__).parents[2] / "docs/reference/endpoints.md").read_text("utf-8")


async def test_every_route_is_on_the_page_and_none_else(tmp_path):
    settings = load_settings(write_settings(tmp_path, []), {}).settings
    async with running(settings) as program, app.doors(program, Readiness()) as doors:
        routes = list(doors.common.router.routes())
        served = {f"{route.method} {route.resource.canonical}" for route in routes}
    told = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", PAGE, re.MULTILINE))
    slashless = {f"{method} /webdav" for method in METHODS} - {"GET /webdav"}
    assert told == {route for route in served if not route.startswith("HEAD")} - slashless


def test_every_field_of_a_job_is_on_the_page():
    from altmount.jobs import JobStatus

    job = Job(1, "r", "n", None, JobStatus.QUEUED, datetime.now(UTC))
    section = PAGE.partition("## Jobs")[2]
    for name in as_json(job):
        assert f"`{name}`" in section


def test_every_field_of_the_journal_is_on_the_page():
    record = Record(1, datetime.now(UTC), "move", "api", "", "", "/a")
    section = PAGE.partition("## The journal")[2]
    for name in journal_as_json(record):
        assert f"`{name}`" in section


def test_every_action_is_on_the_page_and_none_else():
    library = Path(__file__).parents[2] / "altmount" / "library"
    said = "".join(path.read_text("utf-8") for path in library.glob("*.py"))
    actions = set(re.findall(r'Planned\(\s*"([a-z-]+)"', said))
    section = PAGE.partition("## The journal")[2]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == actions
