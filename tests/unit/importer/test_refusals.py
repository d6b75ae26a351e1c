from __future__ import annotations

import pytest

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    ArticleUnavailableError,
    MessageId,
)
from altmount.errors import NotFoundError, TemporaryError
from altmount.importer.refusals import Reason, Refusal, refusal_for
from altmount.nzb.errors import NzbFault


@pytest.mark.parametrize("fault", NzbFault)
def test_whatever_is_wrong_with_an_nzb_has_a_code_in_the_history(fault):
    assert Reason(str(fault)).value == fault.value


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ArticleUnavailableError(MessageId("a@b"), "no provider"), Reason.PROVIDERS_UNAVAILABLE),
        (ArticleMissingError(MessageId("a@b")), Reason.ARTICLES_MISSING),
        (ArticleDamagedError(MessageId("a@b"), "its CRC is wrong"), Reason.ARTICLES_MISSING),
        (OSError(28, "No space left on device"), Reason.STORAGE),
        (TemporaryError("the database is busy"), Reason.STORAGE),
        (NotFoundError("there is no job 7"), Reason.INTERNAL),
        (ZeroDivisionError("division by zero"), Reason.INTERNAL),
    ],
)
def test_every_error_comes_to_a_reason_and_is_quoted(error, reason):
    refusal = refusal_for(error)
    assert refusal.code is reason
    assert str(error) in str(refusal)


def test_a_refusal_stays_what_it_is():
    refusal = Refusal(Reason.NO_MEDIA, "nothing to play")
    assert refusal_for(refusal) is refusal
