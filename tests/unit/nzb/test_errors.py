from __future__ import annotations

import pickle

from altmount.errors import InvalidRequestError
from altmount.nzb.errors import NzbError, NzbFault


def test_an_error_survives_the_way_to_another_process():
    error = pickle.loads(pickle.dumps(NzbError(NzbFault.TOO_LARGE, "too much")))
    assert isinstance(error, InvalidRequestError)
    assert (error.code, str(error)) == ("too-large", "too much")
