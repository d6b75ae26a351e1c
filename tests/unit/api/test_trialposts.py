from __future__ import annotations

import pytest

from altmount.api.trialposts import own_post, post_of
from altmount.articles import parse_message_id
from altmount.errors import InvalidRequestError
from altmount.newsserver.spool import Spool
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.nzb.parse import parse_nzb
from tests.support.program import synthetic


def test_every_news_server_of_ours_has_the_own_post():
    post = own_post()
    spool = Spool()
    assert all(spool.find(message_id) for message_id in post.articles)
    assert sum(spool.find(one).header().size for one in post.articles) == 256 << 20
    assert [parse_message_id(one) for one in post.articles] == list(post.articles)


def test_a_post_of_an_nzb_has_its_articles_in_order():
    nzb = parse_nzb(synthetic(5 * 1000, article_size=1000, count=2))
    post = post_of(nzb, "film")
    wanted = [
        SyntheticPosting.of(message_id) is not None and message_id for message_id in post.articles
    ]
    assert list(post.articles) == wanted
    assert len(wanted) == 10
    assert 1000 < post.article_bytes < 1500


def test_a_large_nzb_is_read_in_part():
    nzb = parse_nzb(synthetic(9000 * 10, article_size=10))
    assert len(post_of(nzb, "film").articles) == 5000


def test_an_nzb_of_nothing_is_refused():
    from altmount.nzb.model import Nzb

    with pytest.raises(InvalidRequestError, match="no articles"):
        post_of(Nzb((), ()), "film")
