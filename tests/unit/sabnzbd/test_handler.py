from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from defusedxml import ElementTree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altmount.sabnzbd.modes import TABLE
from altmount.sabnzbd.slots import nzo_id
from tests.support.sabhouse import KEY, NZB_KEY, READ_KEY, calling, opened

REQUIRED = {"status": False, "error": "API Key Required"}
INCORRECT = {"status": False, "error": "API Key Incorrect"}


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as house:
        yield house


@pytest.mark.parametrize("path", ["/sabnzbd/api", "/sabnzbd", "/api"])
async def test_it_is_not_there_unless_it_is_wanted(house, path):
    for enabled, status in ((False, 404), (True, 200)):
        async with (
            calling(house, enabled=enabled) as client,
            client.session.get(path, params={"mode": "version"}) as reply,
        ):
            assert reply.status == status


@pytest.mark.parametrize("path", ["/sabnzbd/api", "/sabnzbd", "/api"])
async def test_a_form_says_as_much_as_a_query_and_the_query_goes_first(house, path):
    async with calling(house) as client:
        data = {"mode": "get_cats", "apikey": KEY}
        async with client.session.post(path, data=data) as reply:
            assert (await reply.json())["categories"] == ["*", "TV", "Movies"]
        async with client.session.post(path, params={"mode": "version"}, data=data) as reply:
            assert (await reply.json())["version"] == "4.5.0"


async def test_the_first_of_two_parameters_of_a_name_counts(house):
    async with (
        calling(house) as client,
        client.session.get("/api?mode=version&mode=queue") as reply,
    ):
        assert (await reply.json())["version"] == "4.5.0"


async def test_every_mode_but_two_asks_for_a_key(house):
    for key, answer in (("", REQUIRED), ("x" * 32, INCORRECT)):
        async with calling(house, key=key) as client:
            for mode in {*TABLE, "unknown", ""} - {"version", "auth"}:
                assert await client.ask(mode) == answer, mode


async def test_user_and_password_are_answered_with_what_is_wanted(house):
    async with calling(house, key="") as client:
        said = await client.ask("queue", ma_username="http://sonarr:8989", ma_password="p")
        assert said["error"].startswith("API Key Required")
        assert "enter the API key" in said["error"]


async def test_a_key_for_nzbs_opens_no_more(house):
    async with calling(house, key=NZB_KEY) as client:
        assert (await client.send(b"<nzb/>"))["status"] is True
        for mode in ("queue", "history", "get_config", "pause", "unknown"):
            assert await client.ask(mode) == INCORRECT


async def test_a_key_for_looking_changes_nothing(house):
    job = await house.waiting()
    async with calling(house, key=READ_KEY) as client:
        assert (await client.ask("queue"))["queue"]["noofslots"] == 1
        assert await client.ask("queue", name="delete", value=nzo_id(job)) == INCORRECT
        assert await client.send(b"<nzb/>") == INCORRECT
        assert await client.ask("addurl", name="https://a.example/b") == INCORRECT
    assert len(await house.jobs.list()) == 1


async def test_nobody_without_a_key_has_a_file_read(house):
    async with calling(house, key=None) as client:
        assert await client.send(b"x" * 900_000) == REQUIRED
        client.key = "x" * 32
        assert await client.send(b"x" * 900_000) == INCORRECT
        assert await house.jobs.list() == []


async def test_the_key_may_be_in_the_form_before_the_file(house):
    async with calling(house, key=None) as client:
        fields = (("apikey", KEY), ("cat", "tv"), ("nzbname", "Named"))
        said = await client.send(b"<nzb/>", field="nzbfile", fields=fields)
        [job] = await house.jobs.list()
        assert said["nzo_ids"] == [nzo_id(job)]
        assert (job.name, job.category) == ("Named", "TV")


async def test_what_is_not_known_is_said_to_be_not_implemented(house):
    async with calling(house) as client:
        for mode in ("eval_sort", "", "QUEUE", "translate", "rss_now"):
            said = await client.ask(mode)
            assert said == {"status": False, "error": "not implemented"}
        for name in ("delete_nzf", "change_complete_action", "sort"):
            assert (await client.ask("queue", name=name))["error"] == "not implemented"
        assert (await client.ask("history", name="mark_as_completed"))["status"] is False


async def test_answers_are_json_unless_xml_is_asked_for(house):
    job = await house.waiting("A & B")
    async with calling(house) as client:
        for output, kind in (("json", "application/json"), ("text", "application/json")):
            params = {"mode": "version", "output": output}
            async with client.session.get("/api", params=params) as reply:
                assert (reply.content_type, reply.charset) == (kind, "utf-8")
        params = {"mode": "queue", "output": "xml", "apikey": KEY}
        async with client.session.get("/api", params=params) as reply:
            assert reply.content_type == "text/xml"
            queue = ElementTree.fromstring(await reply.text())
        assert queue.tag == "queue"
        assert queue.findtext("slots/slot/nzo_id") == nzo_id(job)
        assert queue.findtext("slots/slot/filename") == "A & B"
        for mode, key, error in (("queue", "", "API Key Required"), ("x", KEY, "not implemented")):
            params = {"mode": mode, "output": "xml", "apikey": key}
            async with client.session.get("/api", params=params) as reply:
                result = ElementTree.fromstring(await reply.text())
            assert (result.findtext("status"), result.findtext("error")) == ("False", error)


@pytest.mark.parametrize("mode", sorted(TABLE))
async def test_every_mode_answers_in_xml_too(house, mode):
    await house.finished()
    await house.waiting()
    async with calling(house) as client:
        params = {"mode": mode, "output": "xml", "apikey": KEY}
        async with client.session.get("/api", params=params) as reply:
            assert reply.status == 200
            assert ElementTree.fromstring(await reply.text()).tag


_WORDS = ["-1", "9" * 20, "\0", "²", "all", "%", "1,2,,3", "default", "http://127.0.0.1:1/a"]
_TEXT = st.text(max_size=30) | st.sampled_from(_WORDS)
_MODES = st.sampled_from(sorted(TABLE)) | _TEXT
_SUBMODES = st.sampled_from(sorted({name for entry in TABLE.values() for name in entry.named}))
_NAMES = st.sampled_from(
    [
        *("value", "value2", "value3", "start", "limit", "category", "cat", "search", "nzo_ids"),
        *("failed_only", "priority", "status", "section", "keyword", "key", "output", "nzbname"),
        *("password", "last_history_update", "archive", "del_files", "apikey"),
    ]
)


async def test_no_request_breaks_it(house):
    """Everything that a client may send is answered: with 200, and in the format it wants."""
    cases = []
    job = await house.waiting("Waits")
    values = _TEXT | st.sampled_from([nzo_id(job), "1"])

    @settings(max_examples=250, suppress_health_check=list(HealthCheck), database=None)
    @given(_MODES, _SUBMODES | _TEXT, st.dictionaries(_NAMES, values, max_size=5), st.booleans())
    def collect(mode, name, asked, in_form):
        cases.append(({"mode": mode, "name": name, "apikey": KEY, **asked}, in_form))

    collect()
    async with calling(house) as client:
        for asked, in_form in cases:
            if in_form:
                request = client.session.post("/api", data=asked)
            else:
                query = urlencode(asked, errors="surrogatepass")
                request = client.session.get(f"/api?{query}")
            async with request as reply:
                text = await reply.text()
                assert reply.status == 200, (asked, text)
                if reply.content_type == "text/xml":
                    assert ElementTree.fromstring(text).tag
                else:
                    assert isinstance(json.loads(text), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b"--b--\r\n",
        b"nonsense",
        b'--b\r\nContent-Disposition: form-data; name="name"; filename="a"\r\n\r\nx',
        b"--b\r\nContent-Disposition: nonsense\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"x" * 9000 + b"\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\nx\r\n' * 120 + b"--b--\r\n",
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--",
    ],
)
async def test_a_form_that_is_none_is_answered_too(house, body):
    async with calling(house) as client:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        params = {"mode": "addfile", "apikey": KEY}
        request = client.session.post("/api", params=params, data=body, headers=headers)
        async with request as reply:
            assert reply.status == 200
            assert (await reply.json())["status"] is False
    assert await house.jobs.list() == []
