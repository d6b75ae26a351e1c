from __future__ import annotations

import logging

import pytest

from altmount.sabnzbd.slots import nzo_id
from tests.support.program import synthetic
from tests.support.sabhouse import KEY, NZB_KEY, READ_KEY, calling, opened


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as house:
        yield house


async def test_the_version_is_the_one_whose_answers_these_are(house):
    async with calling(house, key="") as client:
        assert await client.ask("version") == {"status": True, "version": "4.5.0"}


async def test_a_key_is_told_of_what_kind_it_is(house):
    async with calling(house, key="") as client:
        assert await client.ask("auth") == {"auth": "apikey"}
        kinds = {KEY: "apikey", READ_KEY: "apikey", NZB_KEY: "nzbkey", "x": "badkey"}
        for key, kind in kinds.items():
            assert await client.ask("auth", key=key) == {"auth": kind}


async def test_the_settings_are_what_sonarr_reads_of_them(house):
    """Sonarr takes whole numbers for yes and no, and an absolute folder for where things are."""
    async with calling(house) as client:
        said = await client.ask("get_config")
        assert (said["status"], said["version"]) == (True, "4.5.0")
        config = said["config"]
        assert config["misc"] == {
            "complete_dir": "/mnt/usenet/complete",
            "pre_check": 0,
            "history_retention": "",
            "history_retention_option": "all",
            "history_retention_number": 1,
            **dict.fromkeys(
                ("enable_tv_sorting", "enable_movie_sorting", "enable_date_sorting"), 0
            ),
            **{f"{kind}_categories": [] for kind in ("tv", "movie", "date")},
        }
        rows = [(row["name"], row["dir"], row["priority"]) for row in config["categories"]]
        assert rows == [("*", "", 0), ("TV", "shows/tv", 0), ("Movies", "films", 1)]
        assert {(row["pp"], row["script"], row["newzbin"]) for row in config["categories"]} == {
            ("3", "None", "")
        }
        assert [row["order"] for row in config["categories"]] == [0, 1, 2]
        assert config["servers"] == []


async def test_a_part_of_the_settings_can_be_asked_for(house):
    async with calling(house) as client:

        async def config(**asked):
            return (await client.ask("get_config", **asked))["config"]

        assert await config(section="misc", keyword="pre_check") == {"misc": {"pre_check": 0}}
        found = await config(section="categories", keyword="TV")
        assert [row["name"] for row in found["categories"]] == ["TV"]
        assert list(await config(section="servers")) == ["servers"]
        assert await config(section="unknown") == {"unknown": {}}


async def test_categories_and_scripts_are_listed(house):
    async with calling(house) as client:
        assert await client.ask("get_cats") == {"categories": ["*", "TV", "Movies"]}
        assert await client.ask("get_scripts") == {"scripts": ["None"]}


async def test_the_files_of_a_job_in_the_queue_are_listed(house):
    job = await house.queue.add(synthetic(3000, article_size=1000, count=2), "A")
    done = await house.waiting("no NZB")
    async with calling(house) as client:
        files = (await client.ask("get_files", value=nzo_id(job)))["files"]
        assert len(files) == 2
        for file in files:
            assert {name: type(value) for name, value in file.items()} == dict.fromkeys(
                ("filename", "mbleft", "mb", "bytes", "age", "nzf_id", "status"), str
            )
            assert file["status"] == "active"
            assert float(file["bytes"]) >= 3000
        assert await client.ask("get_files", value="unknown") == {"files": []}
        assert await client.ask("get_files", value=nzo_id(done)) == {"files": []}
        said = await client.ask("get_files")
        assert said == {"status": False, "error": "expects one parameter"}


@pytest.mark.parametrize("mode", ["fullstatus", "status"])
async def test_the_status_tells_the_folder_of_all_imports(house, mode):
    async with calling(house) as client:
        status = (await client.ask(mode, skip_dashboard="1"))["status"]
        assert status["completedir"] == "/mnt/usenet/complete"
        assert status["version"] == "4.5.0"
        assert [server["servername"] for server in status["servers"]] == ["news.example.com"]


async def test_the_ancestors_status_stands_beside_sabnzbds(house):
    async with calling(house) as client:
        said = await client.ask("status")
        assert (said["version"], said["color"], said["paused"]) == ("4.5.0", "green", False)
        assert said["slots"] == []


async def test_what_providers_delivered_is_told(house):
    async with calling(house) as client:
        said = await client.ask("server_stats")
        assert (said["total"], said["day"]) == (3_000, 1_000)
        server = said["servers"]["news.example.com"]
        assert (server["total"], server["day"]) == (3_000, 1_000)
        [day] = server["daily"]
        assert server["articles_tried"] == {day: 12}
        assert server["articles_success"] == {day: 10}


async def test_warnings_are_shown_and_forgotten(house):
    record = logging.LogRecord("a", logging.WARNING, "", 0, "%s is late", ("it",), None)
    house.warnings.handle(record)
    async with calling(house) as client:
        assert (await client.ask("queue"))["queue"]["have_warnings"] == "1"
        for asked in ({}, {"name": "show"}):
            [shown] = (await client.ask("warnings", **asked))["warnings"]
            assert (shown["text"], shown["type"]) == ("it is late", "WARNING")
            assert shown["time"] == int(record.created)
        assert await client.ask("warnings", name="clear") == {"warnings": []}
        assert await client.ask("warnings") == {"warnings": []}


@pytest.mark.parametrize(
    "asked", [{"mode": "config", "name": "speedlimit"}, {"mode": "speedlimit"}]
)
async def test_there_is_no_speed_limit_and_nobody_is_told_that_there_is(house, asked):
    async with calling(house) as client:
        for value in ("", "0", "100", "100%"):
            assert await client.ask(**asked, value=value) == {"status": True}
        for value in ("50", "4M", "nonsense"):
            said = await client.ask(**asked, value=value)
            assert said["status"] is False
            assert "no speed limit" in said["error"]


async def test_settings_are_locked_and_nobody_ends_the_program(house):
    async with calling(house) as client:
        for mode in ("set_config", "set_config_default", "del_config"):
            said = await client.ask(mode, section="misc", keyword="complete_dir", value="/")
            assert said == {"status": False, "error": "Configuration locked"}
        said = await client.ask("config", name="set_apikey")
        assert said == {"status": False, "error": "Configuration locked"}
        for mode in ("shutdown", "restart", "restart_repair"):
            assert await client.ask(mode) == {"status": False, "error": "Access denied"}
