from __future__ import annotations

from array import array
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from altmount.articles import Part
from altmount.importer.measured import Fault, MeasuredFile, judge, wanted
from altmount.importer.partsizes import Parts, Shortfall
from altmount.importer.refusals import Reason
from tests.support.posts import Pattern, Posts


def headers_of(sizes):
    total = sum(sizes)
    begins = accumulate([0, *sizes])
    return dict(
        enumerate(Part(begin, size, total) for begin, size in zip(begins, sizes, strict=False))
    )


def posted(sizes, **how):
    return Posts().post("film.mkv", Pattern(sum(sizes)), sizes=sizes, **how)


def fetch_until_judged(file, headers):
    """What is fetched before the verdict, and the verdict."""
    known = {0: headers[0]}
    while (verdict := judge(file, known, lost=False)) is None:
        more = list(wanted(file, known))
        assert more
        assert not set(more) & set(known)
        known |= {index: headers[index] for index in more}
    return len(known), verdict


@given(st.integers(1, 900), st.integers(0, 300), st.data())
def test_a_usual_post_costs_one_article(size, count, data):
    sizes = [size] * count + [data.draw(st.integers(1, size))]
    file = posted(sizes, encoded=data.draw(st.booleans()) and size > 2000)

    cost, verdict = fetch_until_judged(file, headers_of(sizes))

    assert cost == 1
    assert list(verdict.sizes()) == sizes


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=20), st.booleans())
def test_no_post_costs_more_than_two_articles_unless_it_is_tiny(sizes, encoded):
    cost, verdict = fetch_until_judged(posted(sizes, encoded=encoded), headers_of(sizes))

    assert cost <= (2 if len(sizes) > 8 else 8)
    if isinstance(verdict, Parts):
        assert (len(verdict), verdict.size) == (len(sizes), sum(sizes))
    else:
        assert len(sizes) > 8 or encoded
        assert verdict.reason is Reason.UNEVEN_PARTS or encoded


def test_first_part_smaller_than_the_others_is_found_out_by_the_sizes_on_the_wire():
    sizes = [10_000, 12_000, 12_000, 12_000, 4_000]  # the first header alone would fit

    cost, verdict = fetch_until_judged(posted(sizes), headers_of(sizes))

    assert cost == 2
    assert list(verdict.sizes()) == sizes


def test_articles_that_the_nzb_does_not_list_are_counted():
    posts = Posts()
    file = posts.unlist(posts.post("film.mkv", Pattern(100), 10), 4, 5, declared=False)
    headers = {0: Part(0, 10, 100)}

    assert judge(file, {0: headers[0]}, lost=False) == Fault(Reason.INCOMPLETE, Shortfall(8, 10))


def test_an_article_that_is_not_listed_is_noticed_where_the_numbers_hide_it():
    sizes = [9_000] * 20 + [500]
    posts = Posts()
    file = posts.unlist(posts.post("film.mkv", Pattern(sum(sizes)), sizes=sizes), 7, declared=False)
    file.segments.numbers[:] = array("I", range(1, 21))
    headers = headers_of(sizes)

    verdict = judge(file, {0: headers[0]}, lost=False)

    assert verdict == Fault(Reason.INCOMPLETE, Shortfall(20, 21))


def test_a_subject_that_counts_something_else_does_no_harm():
    file = posted([10] * 5, declared=55)
    assert isinstance(judge(file, {0: Part(0, 10, 50)}, lost=False), Parts)


def test_what_no_provider_has_is_missing():
    assert judge(posted([10] * 5), {}, lost=True) == Fault(Reason.ARTICLES_MISSING)


def test_what_the_nzb_lacks_is_told_rather_than_what_providers_lack():
    posts = Posts()
    file = posts.unlist(posts.post("film.mkv", Pattern(100), 10), 9)
    assert judge(file, {}, lost=True) == Fault(Reason.INCOMPLETE, Shortfall(9, 10))


def test_a_file_without_articles_is_incomplete():
    posts = Posts()
    file = posts.unlist(posts.post("film.mkv", Pattern(10), 10), 0)
    assert judge(file, {}, lost=False) == Fault(Reason.INCOMPLETE, Shortfall(0, 1))


def test_a_name_is_held_against_every_article_only_where_subject_and_header_agree():
    file = posted([10])
    assert MeasuredFile(file, yenc_name="film.mkv").faithful_name == "film.mkv"
    assert MeasuredFile(file, yenc_name="a1b2c3").faithful_name is None
    assert MeasuredFile(file).faithful_name is None
