import pytest

from labs.bench.analytics import rate


def test_a_rate_begins_with_the_first_batch_that_is_stored():
    seen = [(0.0, 0), (5.0, 0), (6.0, 2_000), (7.0, 6_000), (8.0, 10_000), (9.0, 10_000)]

    assert rate(seen) == 4_000


def test_one_single_batch_has_no_rate():
    with pytest.raises(ValueError, match="all was stored at once"):
        rate([(0.0, 0), (1.0, 2_000)])
