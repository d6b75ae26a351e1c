from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.naming import Candidates, choose_name, score, with_right_extension

MKV = b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x23\x42\x82\x88matroska"
MP4 = b"\x00\x00\x00\x20ftypisom"
RAR = b"Rar!\x1a\x07\x00"
HEX = "b082fa0beaa644d3aa01045d5b8d0b36"
CLEAR = "My Film 2024.mkv"
TITLE = "My.Great.Film.2024"


@pytest.mark.parametrize(
    ("candidates", "name"),
    [
        (Candidates(par2=CLEAR, subject="Other Name 1999.mkv"), CLEAR),
        (Candidates(subject=CLEAR, yenc="Other Name 1999.mkv"), CLEAR),
        (Candidates(subject=f"{HEX}.mkv", yenc=CLEAR), CLEAR),
        (Candidates(par2=CLEAR, subject=HEX, yenc=HEX), CLEAR),
        (Candidates(par2="A Text 2024.txt", subject=CLEAR), CLEAR),
        (Candidates(par2="A Text 2024", subject="A Text 2024.txt"), "A Text 2024.txt"),
        (Candidates(par2="  ", subject=" A Text 2024.txt "), "A Text 2024.txt"),
        (Candidates(par2=f"{HEX}.mkv", subject="8f3e.mkv"), f"{HEX}.mkv"),
        (Candidates(subject="film.part01.rar", yenc=HEX), "film.part01.rar"),
        (Candidates(), ""),
    ],
)
def test_the_best_of_a_files_own_names_wins(candidates, name):
    assert choose_name(candidates) == name


@pytest.mark.parametrize(
    ("candidates", "name"),
    [
        (Candidates(subject=HEX, head=MKV, release=TITLE, alone=True), f"{TITLE}.mkv"),
        (Candidates(subject=f"{HEX}.mp4", release=TITLE, alone=True), f"{TITLE}.mp4"),
        (Candidates(subject=f"{HEX}.mp4", head=MKV, release=TITLE, alone=True), f"{TITLE}.mkv"),
        (Candidates(subject=HEX, release=TITLE, alone=True), TITLE),
        (Candidates(subject=f"{HEX}.mkv", release=f"{TITLE}.mkv", alone=True), f"{TITLE}.mkv"),
        (Candidates(subject=f"{HEX}.mkv", release=f"{TITLE}.mp4", alone=True), f"{TITLE}.mkv"),
        (Candidates(subject=HEX, release=f"{TITLE}.mkv", alone=True), f"{TITLE}.mkv"),
        (Candidates(head=MKV, release=TITLE, alone=True), f"{TITLE}.mkv"),
        (Candidates(head=MKV, release=TITLE), f"{TITLE}.mkv"),
        (Candidates(head=MKV, release=f"{TITLE}.mkv"), f"{TITLE}.mkv"),
        (Candidates(release=TITLE), TITLE),
        (Candidates(subject=f"{HEX}.mkv", release=TITLE), f"{HEX}.mkv"),
        (Candidates(subject=f"{HEX}.mkv", alone=True), f"{HEX}.mkv"),
        (Candidates(subject=f"{HEX}.mkv.001", release=TITLE, alone=True), f"{HEX}.mkv.001"),
        (Candidates(subject=f"{HEX}.rar", release=TITLE, alone=True), f"{TITLE}.rar"),
        (Candidates(subject=CLEAR, release=TITLE, alone=True), CLEAR),
    ],
)
def test_a_file_alone_without_a_clear_name_takes_the_title(candidates, name):
    assert choose_name(candidates) == name


@pytest.mark.parametrize(
    ("candidates", "name"),
    [
        (Candidates(subject=CLEAR, release=TITLE, alone=True), f"{TITLE}.mkv"),
        (Candidates(subject=CLEAR, release=HEX, alone=True), CLEAR),
        (Candidates(subject=f"{HEX}.mkv", release="8f3e", alone=True), "8f3e.mkv"),
        (Candidates(subject=CLEAR, release=TITLE), CLEAR),
        (Candidates(subject=CLEAR, release="", alone=True), CLEAR),
        (Candidates(subject="My Film 2024", head=MP4, release=TITLE, alone=True), f"{TITLE}.mp4"),
        (Candidates(subject="dir/My Film 2024.MKV", release=TITLE, alone=True), f"{TITLE}.MKV"),
    ],
)
def test_renaming_prefers_the_title_unless_it_is_obfuscated(candidates, name):
    assert choose_name(candidates, rename_to_nzb_name=True) == name


@pytest.mark.parametrize(
    ("name", "head", "right"),
    [
        (HEX, MKV, f"{HEX}.mkv"),
        (f"{HEX}.bin", MKV, f"{HEX}.mkv"),
        (f"{HEX}.webm", MKV, f"{HEX}.webm"),
        (f"{HEX}.m4v", MP4, f"{HEX}.m4v"),
        (f"{HEX}.mkv", RAR, f"{HEX}.rar"),
        (f"{HEX}.r00", RAR, f"{HEX}.r00"),
        (f"{HEX}.part02.rar", RAR, f"{HEX}.part02.rar"),
        (f"{HEX}.001", RAR, f"{HEX}.001"),
        (f"{HEX}.001", MKV, f"{HEX}.001"),
        (f"{HEX}.bin", b"nothing known", f"{HEX}.bin"),
        ("My Film 2024", MKV, "My Film 2024.mkv"),
        ("My.Film.2024", MKV, "My.Film.2024.mkv"),
        ("My.Film.x264", MKV, "My.Film.x264.mkv"),
        ("My Film 2024.avi", MKV, "My Film 2024.avi"),
        ("", MKV, ""),
    ],
)
def test_first_bytes_put_the_extension_right(name, head, right):
    assert with_right_extension(name, head) == right


def test_scores_are_ordered():
    names = ["", HEX, f"{HEX}.txt", f"{HEX}.mkv", "A Text 2024", "A Text 2024.txt", CLEAR]
    scores = [score(name) for name in names]
    assert scores == sorted(set(scores))


_names = st.text(max_size=12) | st.sampled_from([HEX, CLEAR, "a.rar", "b.mkv.001", "é.mp4", "."])


@given(
    st.builds(
        Candidates,
        par2=_names,
        subject=_names,
        yenc=_names,
        release=_names,
        head=st.binary(max_size=16) | st.sampled_from([MKV, MP4, RAR]),
        alone=st.booleans(),
    ),
    st.booleans(),
)
def test_any_candidates_give_a_name(candidates, rename):
    name = choose_name(candidates, rename_to_nzb_name=rename)
    own = [candidates.par2, candidates.subject, candidates.yenc, candidates.release]
    assert bool(name) == any(text.strip() for text in own)
