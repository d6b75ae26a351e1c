from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.samples import MAX_SAMPLE_BYTES, sample, without_samples

SMALL, LARGE = 50_000_000, 8_000_000_000


@pytest.mark.parametrize(
    "path",
    [
        "film-sample.mkv",
        "Film.2024.SAMPLE.mkv",
        "Sample/film.mkv",
        "film_sample_.mkv",
        "proof.mkv",
        "Proof/photo.bmp",
        "sample",
    ],
)
def test_a_sample_is_known_by_its_name_and_size(path):
    assert sample(path, SMALL)
    assert sample(path, MAX_SAMPLE_BYTES)
    assert not sample(path, MAX_SAMPLE_BYTES + 1)


@pytest.mark.parametrize(
    "path",
    ["resampled.mkv", "samples.mkv", "sample2.mkv", "bulletproof.mkv", "film.mkv", "Sample/a.srt",
     "proof.JPG", "film-sample.nfo"],
)  # fmt: skip
def test_what_is_no_sample_is_kept(path):
    assert not sample(path, SMALL)


def test_samples_are_left_out():
    files = [("film.mkv", LARGE), ("Sample/film-sample.mkv", SMALL), ("film.nfo", 1)]
    assert without_samples(files) == [files[0], files[2]]


@pytest.mark.parametrize(
    "files",
    [
        [("Death.Proof.2007.mkv", SMALL), ("Death.Proof.2007.nfo", 10)],
        [("Sample/film.mkv", SMALL)],
        [("film-proof.part1.rar", SMALL), ("film-proof.part2.rar", SMALL)],
        [("The.Sample.mkv.001", SMALL), ("The.Sample.mkv.002", SMALL), ("a.srt", 1)],
    ],
)
def test_the_only_thing_to_play_is_never_left_out(files):
    assert without_samples(files) == files


def test_archives_may_hold_what_is_to_be_played():
    files = [("film.rar", SMALL), ("film.sample.mkv", SMALL)]
    assert without_samples(files) == files[:1]


def test_where_there_is_nothing_to_play_samples_are_left_out_as_well():
    assert without_samples([("sample.txt", 1), ("film.nfo", 1)]) == [("film.nfo", 1)]
    assert without_samples([]) == []


_paths = st.sampled_from(["a.mkv", "a-sample.mkv", "proof.txt", "sample.srt", "b.rar", "proof.rar"])


@given(st.lists(st.tuples(_paths, st.sampled_from([SMALL, LARGE]))))
def test_some_of_the_files_are_left_in_their_order(files):
    kept = without_samples(files)
    assert kept == files or kept == [file for file in files if not sample(*file)]
