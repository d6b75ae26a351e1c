"""What a speed test fetches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from altmount.articles import MessageId
from altmount.errors import InvalidRequestError
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.nzb.model import Nzb

# Seed and size of the post that every news server of this program has, without being told to.
_SEED = 271_828_182_845_904_523
_SIZE = 256 * 1024 * 1024
_MOST_ARTICLES = 5000
_USUAL_ARTICLE = 800_000
_LARGEST_ARTICLE = 10_000_000


@dataclass(frozen=True, slots=True)
class TrialPost:
    """Articles that are fetched to see how fast they come."""

    name: str
    articles: tuple[MessageId, ...]
    article_bytes: int
    """About how large each is on the line."""


def own_post() -> TrialPost:
    """The post that a news server of this program makes up, so that no other is needed."""
    posting = SyntheticPosting(_SEED, _SIZE)
    articles = tuple(
        MessageId(posting.message_id(number)) for number in range(1, posting.total + 1)
    )
    return TrialPost("the news server's own", articles, posting.envelope.article_size)


def post_of(nzb: Nzb, name: str) -> TrialPost:
    """The articles of an NZB, the first 5,000 of them.

    Raises:
        InvalidRequestError: It lists none.
    """
    articles = tuple(islice(_articles(nzb), _MOST_ARTICLES))
    if not articles:
        raise InvalidRequestError(f"{name} lists no articles; give another NZB")
    sizes = [size for file in nzb.files for size in file.segments.encoded_sizes[:100] if size]
    usual = max(sizes, default=_USUAL_ARTICLE)
    return TrialPost(name, articles, min(usual, _LARGEST_ARTICLE))


def _articles(nzb: Nzb) -> Iterator[MessageId]:
    for file in nzb.files:
        for index in range(len(file.segments)):
            yield file.segments.message_id(index)
