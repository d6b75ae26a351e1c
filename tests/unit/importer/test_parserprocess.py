from __future__ import annotations

import io
import pickle
import resource
import subprocess
import sys

import pytest

from altmount.importer import parserprocess
from altmount.importer.parserprocess import ERROR, FILES, HEAD, METAS, answer, request, serve
from tests.support.posts import Pattern, Posts


def frames(answered):
    stream = io.BytesIO(answered)
    while head := stream.read(HEAD.size):
        kind, length = HEAD.unpack(head)
        yield kind, pickle.loads(stream.read(length))


def files_of(answered):
    return [file for kind, content in frames(answered) if kind == FILES for file in content]


@pytest.fixture
def posts():
    made = Posts()
    for number in range(100):
        made.post(f"Show.S01E{number:02}.mkv", Pattern(900), 300)
    made.metas["password"] = "secret"
    return made


@pytest.fixture
def kept(posts, tmp_path):
    path = tmp_path / "kept.nzb"
    path.write_bytes(posts.xml)
    return path


def test_an_nzb_comes_in_small_frames_and_its_metas_at_the_end(posts, kept):
    answered = b"".join(answer(kept))

    kinds = [kind for kind, _ in frames(answered)]
    assert kinds[:-1] == [FILES] * (len(kinds) - 1)
    assert len(kinds) > 3
    assert list(frames(answered))[-1] == (METAS, {"password": "secret"})
    assert [file.name for file in files_of(answered)] == [file.name for file in posts.files]
    assert [file.segments for file in files_of(answered)] == [file.segments for file in posts.files]


def test_what_is_no_nzb_comes_as_a_code_and_a_sentence(tmp_path):
    path = tmp_path / "kept.nzb"
    path.write_bytes(b"<html>too many requests</html>")
    [(kind, (code, message))] = frames(b"".join(answer(path)))
    assert kind == ERROR
    assert type(code) is str
    assert message


def test_a_file_that_is_gone_is_told(tmp_path):
    [(kind, (code, _))] = frames(b"".join(answer(tmp_path / "gone")))
    assert (kind, code) == (ERROR, "storage")


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), "too-expensive"), (ZeroDivisionError(), "internal")]
)
def test_a_parser_that_fails_is_told_and_the_next_nzb_is_parsed(kept, monkeypatch, error, code):
    def fail(_data):
        raise error

    monkeypatch.setattr(parserprocess, "parse_nzb", fail)
    [(kind, (found, _))] = frames(b"".join(answer(kept)))
    assert (kind, found) == (ERROR, code)


def test_requests_are_answered_one_after_the_other_until_there_are_no_more(posts, kept):
    requests = io.BytesIO(request(kept, easily=True) * 2 + b"\0")
    answers = io.BytesIO()
    before = resource.getrlimit(resource.RLIMIT_CPU)
    try:
        serve(requests, answers)
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)
    assert len(files_of(answers.getvalue())) == 2 * len(posts.files)


def test_the_pace_is_easy_only_where_that_is_asked_for(kept, monkeypatch):
    paced = []
    monkeypatch.setattr(parserprocess, "_pace", lambda: paced.append(True))
    monkeypatch.setattr(parserprocess, "_allow", lambda _seconds: None)
    serve(io.BytesIO(request(kept, easily=False)), io.BytesIO())
    assert paced == []
    serve(io.BytesIO(request(kept, easily=True)), io.BytesIO())
    assert paced == [True]


def test_it_imports_little():
    code = (
        "import sys, altmount.importer.parserprocess; "
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('asyncio', 'aiohttp', 'sqlalchemy', 'pydantic', 'sabctools', 'ssl')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout.strip() == b"[]"


def test_what_is_large_is_parsed_at_an_easy_pace_and_what_is_small_at_once():
    """A process that burns processor time rests, but only after a while."""
    burn = (
        "import signal, sys, time\n"
        "from altmount.importer import parserprocess as module\n"
        "rests = []\n"
        "module.time.sleep = rests.append\n"
        "signal.signal(signal.SIGPROF, module._rest)\n"
        "def burn(seconds):\n"
        "    module._pace()\n"
        "    end = time.process_time() + seconds\n"
        "    while time.process_time() < end: pass\n"
        "burn(0.03)\n"
        "few = len(rests)\n"
        "burn(0.15)\n"
        "signal.setitimer(signal.ITIMER_PROF, 0)\n"
        "print(few, len(rests))\n"
    )
    done = subprocess.run([sys.executable, "-c", burn], capture_output=True, text=True, check=True)
    few, many = map(int, done.stdout.split())
    assert few == 0
    assert many >= 5
