from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.model import Identity
from altmount.importer.archivesets import Member, arrange, gather
from altmount.importer.kinds import Kind

RAR, SEVEN_ZIP = b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c"


def run(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def members(*names, head=RAR, size=100):
    return [Member(index, name, size, head) for index, name in enumerate(names)]


def stray(index, number, *, entry="film.mkv", size=100, **said):
    first = number == 0
    return Member(index, f"{index:032x}", size, RAR), Identity(
        "rar5", first=first, number=number, entry=entry, **said
    )


def places(found):
    return [member.index for member in found.members]


def test_names_tell_sets():
    found = run(gather(members("a.part2.rar", "a.part1.rar", "b.rar", "b.r00", "film.mkv")))
    # The film is a RAR volume, by its bytes.
    assert [places(each) for each in found.sets] == [[1, 0], [2, 3], [4]]
    assert found.indexes == {0, 1, 2, 3, 4}


def test_what_was_posted_twice_is_no_set_of_its_own():
    found = run(gather(members("a.part1.rar", "a.part2.rar", "a.part01.rar")))
    assert [places(each) for each in found.sets] == [[0, 1]]
    assert found.indexes == {0, 1, 2}
    assert found.strays == ()


def test_parts_of_a_film_are_no_archive():
    found = run(gather(members("a.mkv.001", "a.mkv.002", head=b"\x1a\x45\xdf\xa3")))
    assert (found.sets, found.indexes) == ((), frozenset())


def test_documents_that_are_archives_inside_are_left_alone():
    found = run(gather(members("a.cbr", "b.cbz")))
    assert (found.sets, found.indexes) == ((), frozenset())


def test_parts_without_names_follow_the_only_start_of_a_7z_archive():
    first = Member(0, "aa" * 16, 100, SEVEN_ZIP)
    rest = [Member(index, f"{index:032x}", 100 if index < 4 else 30) for index in range(1, 5)]
    [found] = run(gather([first, *rest, Member(9, "readme.txt", 100)])).sets
    assert (found.kind, places(found)) == (Kind.SEVEN_ZIP, [0, 1, 2, 3, 4])


@given(st.permutations(range(9)))
def test_numbers_order_strays(order):
    [found] = arrange([stray(index, number) for index, number in enumerate(order)])
    assert [order[index] for index in places(found)] == list(range(9))
    assert found.missing == ()


def test_numbers_tell_what_is_missing():
    [found] = arrange([stray(0, 0), stray(1, 3), stray(2, 1)])
    assert found.missing == (2,)


def test_without_a_first_volume_it_is_missing():
    said = Identity("rar4", first=False, entry="film.mkv", continues=True)
    [found] = arrange([(Member(0, "b", 1, RAR), said), (Member(1, "a", 1, RAR), said)])
    assert found.missing == (0,)


@pytest.mark.parametrize("seed", range(5))
def test_strays_of_several_sets_go_by_their_entry_and_then_by_their_size(seed):
    strays = [stray(number, number, entry="a.mkv", size=100) for number in range(4)]
    strays += [stray(10 + number, number, entry="b.mkv", size=200) for number in range(4)]
    # The last of the first set holds the start of another file of that set.
    strays[3] = stray(3, 3, entry="c.mkv", size=100)
    random.Random(seed).shuffle(strays)
    found = {tuple(places(each)) for each in arrange(strays)}
    assert found == {(0, 1, 2, 3), (10, 11, 12, 13)}
