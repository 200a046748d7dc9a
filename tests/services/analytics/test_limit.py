from services.analytics.limit import Limit, Recent

LIMIT = Limit(at_most_share=0.5, judge_after=100)


def test_one_poison_message_among_many_does_not_stop_anything():
    assert not Recent().after(1_000, 1, LIMIT).exceeds(LIMIT)


def test_a_few_messages_are_not_enough_to_judge():
    assert not Recent().after(99, 99, LIMIT).exceeds(LIMIT)
    assert Recent().after(100, 100, LIMIT).exceeds(LIMIT)


def test_exactly_the_share_is_still_allowed():
    assert not Recent().after(100, 50, LIMIT).exceeds(LIMIT)
    assert Recent().after(100, 51, LIMIT).exceeds(LIMIT)


def test_a_good_past_does_not_excuse_a_bad_present():
    """A million good messages, and still it takes little more than a thousand bad ones."""
    recent = Recent().after(1_000_000, 0, LIMIT)
    bad = 0
    while not recent.exceeds(LIMIT):
        recent = recent.after(100, 100, LIMIT)
        bad += 100

    assert bad <= 1_100
