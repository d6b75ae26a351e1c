from __future__ import annotations

import itertools

import pytest

from altmount.db.errors import DatabaseUnavailableError
from altmount.doctor import sidecars as module
from altmount.doctor.finding import Grade, worst
from altmount.doctor.sidecars import Sidecars
from altmount.library.shelf import Shelf
from tests.support.releases import make_release, release_id


async def looked(root, known=None, **options):
    async def listed():
        return set(known)

    look, findings = Sidecars(root, None if known is None else listed, **options), []
    await look.look(findings.append)
    return look.sample, findings


@pytest.fixture
async def shelf(tmp_path):
    shelf = Shelf(tmp_path)
    for seed in range(3):
        await shelf.write(make_release(seed, segments=100 if seed == 1 else 3))
    return shelf


def path_of(shelf, seed):
    return shelf.path_of(release_id(seed))


async def test_sidecars_that_are_whole_give_articles_to_try_providers_with(shelf, tmp_path):
    sample, [finding] = await looked(tmp_path, {release_id(seed) for seed in range(3)})
    assert finding.grade is Grade.OK
    assert finding.facts == {"looked_at": 3, "there": 3}
    newest = max((make_release(seed) for seed in range(3)), key=lambda release: release.created)
    assert sample.name == newest.name
    assert 0 < len(sample.articles) <= 40
    assert len(set(sample.articles)) == len(sample.articles)


async def test_one_byte_that_is_wrong_anywhere_is_found(shelf, tmp_path):
    whole = path_of(shelf, 0).read_bytes()
    step = len(whole) // 12
    for at in range(0, len(whole), step):
        data = bytearray(whole)
        data[at] ^= 1
        path_of(shelf, 0).write_bytes(data)
        _, findings = await looked(tmp_path)
        padding = worst(findings) is Grade.OK
        assert padding or (
            findings[0].grade is Grade.ERROR
            and str(path_of(shelf, 0)) in findings[0].text
            and "backup" in findings[0].fix
        )
        assert not (padding and at < step)
        assert path_of(shelf, 0).read_bytes() == data


async def test_damage_to_what_reading_does_not_need_is_found(shelf, tmp_path):
    path = path_of(shelf, 0)
    data = path.read_bytes()
    at = data.index(b"alt.binaries.test")  # of the NZB that the release can be given back as
    path.write_bytes(data[:at] + b"A" + data[at + 1 :])
    _, findings = await looked(tmp_path)
    assert worst(findings) is Grade.ERROR


async def test_what_is_cut_short_empty_misplaced_or_foreign_is_told_and_left(shelf, tmp_path):
    path_of(shelf, 0).write_bytes(path_of(shelf, 0).read_bytes()[:-900])
    path_of(shelf, 1).write_bytes(b"")
    other = path_of(shelf, 2).with_name(f"{'0' * 32}.altmount")
    path_of(shelf, 2).rename(other)
    (tmp_path / "releases" / "ab").mkdir(exist_ok=True)
    (tmp_path / "releases" / "ab" / "folder.altmount").mkdir()
    sample, findings = await looked(tmp_path)
    assert sample is None
    assert [finding.grade for finding in findings] == [Grade.ERROR] * 4


async def test_what_the_index_has_and_the_disk_has_not_is_told(shelf, tmp_path):
    path_of(shelf, 1).unlink()
    _, [finding] = await looked(tmp_path, {release_id(0), release_id(1)})
    assert finding.grade is Grade.ERROR
    assert release_id(1) in finding.text


async def test_a_disk_that_is_not_mounted_is_told_once(tmp_path):
    _, [finding] = await looked(tmp_path, {release_id(seed) for seed in range(30)})
    assert finding.grade is Grade.ERROR
    assert "mounted" in finding.fix


async def test_what_is_removed_meanwhile_is_not_gone(shelf, tmp_path):
    path_of(shelf, 1).unlink()
    answers = iter([{release_id(1)}, set()])

    async def listed():
        return next(answers)

    look, findings = Sidecars(tmp_path, listed), []
    await look.look(findings.append)
    assert worst(findings) is Grade.OK


async def test_an_index_that_fails_is_told_and_the_sidecars_are_read(shelf, tmp_path):
    async def listed():
        raise DatabaseUnavailableError("the database fails: it is gone")

    look, findings = Sidecars(tmp_path, listed), []
    await look.look(findings.append)
    assert [finding.grade for finding in findings] == [Grade.ERROR, Grade.OK]
    assert look.sample is not None


async def test_a_few_are_named_and_the_rest_counted(tmp_path):
    folder = tmp_path / "releases" / "00"
    folder.mkdir(parents=True)
    for number in range(50):
        (folder / f"{number:032x}.altmount").write_bytes(b"nothing")
    _, findings = await looked(tmp_path)
    assert len(findings) == 21
    assert findings[-1].text.startswith("30 more")


async def test_when_the_time_is_over_it_is_said_how_many_were_read(shelf, tmp_path, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(module, "monotonic", lambda: next(ticks))
    _, [finding] = await looked(tmp_path, seconds=2)
    assert finding.grade is Grade.NOTE
    assert finding.facts == {"looked_at": 2, "there": 3}


async def test_an_empty_library_is_nothing_wrong(tmp_path):
    sample, [finding] = await looked(tmp_path, set())
    assert sample is None
    assert finding.grade is Grade.NOTE
    assert list(tmp_path.iterdir()) == []
