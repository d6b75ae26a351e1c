from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.measure import Measurement
from altmount.importer.naming import names_of
from altmount.importer.plan import plan
from altmount.importer.refusals import Reason, Refusal
from altmount.importer.rules import Rules
from altmount.importer.unpacking import Unpacker
from altmount.library.paths import safe_name
from altmount.par2.parse import Par2File, hash16k
from tests.support.posts import Pattern, Posts

RULES = Rules(frozenset({".mkv", ".mp4", ".mp3"}))
MKV = b"\x1a\x45\xdf\xa3"
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
MIB = 1024 * 1024


async def measure(posts):
    measurement = Measurement(posts, posts.files, 20)
    await measurement.look()
    return await measurement.finish()


def outcome(steps):
    """What is planned, or the refusal."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        except Refusal as refused:
            return refused


def planning(posts, title="The Title", rules=RULES, listed=()):
    """All the way from the measured files."""
    files = asyncio.run(measure(posts))
    names = outcome(names_of(files, listed, title))
    archives = asyncio.run(Unpacker(posts, files).unpack(names))
    return outcome(plan(files, names, title, rules, archives))


def planned(posts, title="The Title", rules=RULES, listed=()):
    """Names and posted files of what is shown."""
    shown = planning(posts, title, rules, listed)
    assert not isinstance(shown, Refusal), shown
    return {file.name: tuple(run.file for run in file.contents.runs) for file in shown}


def refusal(posts):
    refused = planning(posts)
    assert isinstance(refused, Refusal), refused
    return refused


def film(posts, name, size=40_000, **how):
    return posts.post(name, Pattern(size, len(posts.files), MKV), 9_000, **how)


@pytest.fixture
def posts():
    return Posts()


def test_a_single_film_takes_the_title(posts):
    film(posts, "Some.Film.2024.mkv")
    assert planned(posts) == {"The Title.mkv": (0,)}


def test_a_single_film_keeps_its_name_if_the_user_wants_so(posts):
    film(posts, "Some.Film.2024.mkv")
    rules = Rules(RULES.allowed_extensions, rename_to_nzb_name=False)
    assert planned(posts, rules=rules) == {"Some.Film.2024.mkv": (0,)}


def test_a_single_film_that_hides_its_name_takes_the_title_and_the_extension_of_its_bytes(posts):
    film(posts, HEX)
    rules = Rules(RULES.allowed_extensions, rename_to_nzb_name=False)
    assert planned(posts, rules=rules) == {"The Title.mkv": (0,)}


def test_several_files_keep_their_names(posts):
    film(posts, "Show.S01E01.mkv")
    film(posts, "Show.S01E02.mkv")
    assert planned(posts) == {"Show.S01E01.mkv": (0,), "Show.S01E02.mkv": (1,)}


def test_a_clear_yenc_name_beats_a_hidden_subject(posts):
    film(posts, HEX, yenc_name="Show.S01E01.mkv")
    film(posts, "Show.S01E02.mkv")
    assert planned(posts) == {"Show.S01E01.mkv": (0,), "Show.S01E02.mkv": (1,)}


def test_the_par2_name_beats_all_others(posts):
    for number in (1, 2):
        posts.post(HEX + str(number), Pattern(60_000, number, MKV), 20_000)
    files = asyncio.run(measure(posts))
    listed = [
        Par2File(f"Show.S01E0{number}.mkv", 60_000, hash16k(file.head))
        for number, file in enumerate(files, start=1)
    ]
    assert planned(posts, listed=listed) == {"Show.S01E01.mkv": (0,), "Show.S01E02.mkv": (1,)}


def test_par2_files_are_never_shown_even_where_all_is_allowed(posts):
    film(posts, "Some.Film.2024.mkv")
    posts.post("Some.Film.2024.par2", b"PAR2\0PKT" + bytes(99))
    posts.post("hidden", b"PAR2\0PKT" + bytes(99))
    assert planned(posts, rules=Rules()) == {"The Title.mkv": (0,)}


def test_what_goes_with_a_film_is_shown_and_named_after_it(posts):
    film(posts, "Some.Film.2024.mkv")
    posts.post("some.film.2024.en.srt", b"1")
    posts.post("Some.Film.2024.nfo", b"1")
    posts.post("cover.jpg", b"1")
    posts.post("Some.Film.2024.sfv", b"1")
    assert planned(posts) == {
        "The Title.mkv": (0,),
        "The Title.en.srt": (1,),
        "The Title.nfo": (2,),
        "cover.jpg": (3,),
    }


def test_subtitles_alone_are_no_release(posts):
    posts.post("Some.Film.2024.srt", b"1")
    assert refusal(posts).code is Reason.NO_MEDIA


def test_samples_are_left_out(posts):
    film(posts, "Some.Film.2024.mkv")
    film(posts, "Sample/some.film.2024.mkv")
    film(posts, "some-film-sample.mkv")
    assert planned(posts) == {"The Title.mkv": (0,)}


def test_samples_stay_if_the_user_wants_so(posts):
    film(posts, "Some.Film.2024.mkv")
    film(posts, "Some.Film.Sample.mkv")
    rules = Rules(RULES.allowed_extensions, filter_samples=False)
    assert len(planned(posts, rules=rules)) == 2


def test_a_film_called_proof_is_shown(posts):
    film(posts, "Death.Proof.2007.mkv")
    assert planned(posts) == {"The Title.mkv": (0,)}


def test_folders_of_the_poster_are_not_kept_and_lead_nowhere(posts):
    film(posts, "../../etc/Show.S01E01.mkv")
    film(posts, "C:\\Show\\Show.S01E02.mkv")
    assert list(planned(posts)) == ["Show.S01E01.mkv", "Show.S01E02.mkv"]


def test_a_file_that_was_cut_is_one_again_in_the_order_of_its_parts(posts):
    posts.post("Some.Film.2024.mkv.003", Pattern(500))
    posts.post("Some.Film.2024.mkv.001", Pattern(2_000, 1, MKV))
    posts.post("Some.Film.2024.mkv.002", Pattern(2_000))
    assert planned(posts) == {"The Title.mkv": (1, 2, 0)}


def test_an_empty_part_of_a_cut_file_adds_nothing(posts):
    posts.post("Some.Film.2024.mkv.001", Pattern(2_000, 1, MKV))
    posts.post("Some.Film.2024.mkv.002", b"")
    assert planned(posts) == {"The Title.mkv": (0,)}


def test_a_cut_file_without_extension_gets_that_of_its_bytes(posts):
    posts.post("Some Film 2024.001", Pattern(2_000, 1, MKV))
    posts.post("Some Film 2024.002", Pattern(2_000))
    assert planned(posts) == {"The Title.mkv": (0, 1)}


def test_a_cut_file_without_one_of_its_parts_is_refused(posts):
    for number in (1, 2, 4):
        posts.post(f"Some.Film.2024.mkv.00{number}", Pattern(2_000, 1, MKV))
    refused = refusal(posts)
    assert refused.code is Reason.SPLIT_SET_INCOMPLETE
    assert ".003" in str(refused)


def test_a_cut_file_with_a_broken_part_is_refused(posts):
    posts.post("Some.Film.2024.mkv.001", Pattern(2_000, 1, MKV))
    gone = posts.post("Some.Film.2024.mkv.002", Pattern(2_000))
    posts.take_down(gone, 0)
    assert refusal(posts).code is Reason.ARTICLES_MISSING


@pytest.mark.parametrize("names", [["Film.part1.rar", "Film.part2.rar"], ["Film.rar", "Film.r00"]])
def test_archives_that_are_none_are_refused_honestly(posts, names):
    for name in names:
        posts.post(name, Pattern(9_000))
    film(posts, "film-sample.mkv", 2_000)
    refused = refusal(posts)
    assert refused.code is Reason.ARCHIVE_DAMAGED
    assert repr(names[0]) in str(refused)


def test_an_archive_that_was_cut_is_an_archive_by_its_first_bytes(posts):
    posts.post("Film.001", Pattern(9_000, 1, b"Rar!\x1a\x07\x01\x00"))
    posts.post("Film.002", Pattern(9_000))
    assert refusal(posts).code is Reason.ARCHIVE_DAMAGED


def test_an_archive_that_hides_its_name_is_known_by_its_bytes(posts):
    posts.post(HEX, Pattern(9_000, 1, b"Rar!\x1a\x07\x00"))
    assert refusal(posts).code is Reason.ARCHIVE_DAMAGED


def test_a_small_archive_beside_a_film_is_left_out(posts):
    film(posts, "Some.Film.2024.mkv")
    posts.post("subs.rar", Pattern(900))
    assert planned(posts) == {"The Title.mkv": (0,)}


def test_a_film_beside_larger_archives_is_not_taken_for_the_release(posts):
    film(posts, "Extras.mkv", 9_000)
    posts.post("Film.rar", Pattern(90_000))
    assert refusal(posts).code is Reason.ARCHIVE_DAMAGED


def test_nothing_to_play_is_refused_with_what_there_is_and_what_is_allowed(posts):
    posts.post("setup.exe", b"MZ")
    posts.post("readme.txt", b"hi")
    refused = refusal(posts)
    assert refused.code is Reason.NO_MEDIA
    assert ".exe, .txt" in str(refused)
    assert ".mkv, .mp3, .mp4" in str(refused)


def test_par2_files_alone_are_refused_as_what_they_are(posts):
    posts.post("a.par2", b"PAR2\0PKT" + bytes(99))
    refused = refusal(posts)
    assert refused.code is Reason.NO_MEDIA
    assert "PAR2" in str(refused)


def test_an_empty_file_is_nothing_to_play(posts):
    posts.post("Some.Film.2024.mkv", b"")
    assert refusal(posts).code is Reason.NO_MEDIA


def test_half_of_a_release_is_refused_with_numbers(posts):
    for number in range(5):
        film(posts, f"Show.S01E0{number}.mkv")
    for gone in (1, 3):
        posts.take_down(posts.files[gone], 0)
    refused = refusal(posts)
    assert refused.code is Reason.ARTICLES_MISSING
    assert "2 of 5 files" in str(refused)
    assert "Show.S01E01.mkv" in str(refused)


def test_what_the_nzb_does_not_list_is_refused_with_numbers(posts):
    posts.unlist(film(posts, "Some.Film.2024.mkv"), 2)
    refused = refusal(posts)
    assert refused.code is Reason.INCOMPLETE
    assert "4 of the 5 articles" in str(refused)


def test_parts_that_cannot_be_told_are_refused(posts):
    sizes = [900, 700, 300, 800, 900, 100, 900, 300, 900, 500]
    posts.post("Some.Film.2024.mkv", Pattern(sum(sizes)), sizes=sizes, encoded=False)
    assert refusal(posts).code is Reason.UNEVEN_PARTS


def test_extras_that_are_broken_are_left_out(posts):
    film(posts, "Some.Film.2024.mkv")
    for name in ("Some.Film.2024.nfo", "x.par2", "sample.mkv", "setup.exe", "subs.rar"):
        posts.take_down(posts.post(name, Pattern(900)))
    assert planned(posts) == {"The Title.mkv": (0,)}


def test_a_large_broken_file_that_hides_what_it_is_may_be_an_episode(posts):
    film(posts, "Show.S01E01.mkv")
    posts.take_down(film(posts, HEX))
    assert refusal(posts).code is Reason.ARTICLES_MISSING


def test_a_small_broken_file_that_hides_what_it_is_is_left_out(posts):
    film(posts, "Some.Film.2024.mkv")
    posts.take_down(film(posts, HEX, 900))
    assert planned(posts) == {"The Title.mkv": (0,)}


def test_where_everything_is_gone_that_is_what_is_said(posts):
    for number in range(3):
        posts.take_down(film(posts, HEX + str(number)))
    refused = refusal(posts)
    assert refused.code is Reason.ARTICLES_MISSING
    assert "3 of 3 files" in str(refused)


NAMES = st.sampled_from(
    ["a.mkv", "Show.S01E01.mkv", "x.mkv.001", "x.mkv.002", "b.nfo", "c.rar", "d.par2", HEX, ""]
) | st.text(max_size=20)
FILES = st.lists(
    st.tuples(NAMES, NAMES, st.integers(0, 3_000), st.sampled_from([b"", MKV]), st.booleans()),
    min_size=1,
    max_size=8,
)


@given(FILES, st.text(max_size=20), st.booleans(), st.booleans())
def test_whatever_is_posted_it_is_refused_or_shown_whole_under_safe_names(
    shapes, title, everything, filtered
):
    posts = Posts()
    for name, yenc, size, head, gone in shapes:
        file = posts.post(name, Pattern(size, 1, head), 400, yenc_name=yenc)
        if gone:
            posts.take_down(file, 0)
    rules = Rules(frozenset() if everything else RULES.allowed_extensions, filter_samples=filtered)
    files = asyncio.run(measure(posts))
    shown = planning(posts, title, rules)
    if isinstance(shown, Refusal):
        assert str(shown)
        return
    assert shown
    used = [run.file for file in shown for run in file.contents.runs]
    assert len(used) == len(set(used))
    assert all(files[index].parts is not None for index in used)
    assert all(files[index].size for index in used)
    assert all(safe_name(file.name) == file.name for file in shown)
    assert all(file.contents.size for file in shown)
