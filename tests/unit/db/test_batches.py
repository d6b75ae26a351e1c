from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.db.batches import batches


@given(st.integers(0, 1000))
def test_everything_is_in_one_batch_in_its_order_and_none_is_empty_or_large(count):
    found = list(batches(range(count)))
    assert [item for batch in found for item in batch] == list(range(count))
    assert all(0 < len(batch) <= 150 for batch in found)
