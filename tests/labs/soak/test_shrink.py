from labs.soak.shrink import shrink


def test_what_is_not_needed_goes():
    assert shrink((0, 1, 2, 3), lambda part: {1, 3} <= set(part)) == (1, 3)


def test_one_culprit_is_found():
    assert shrink((0, 1, 2), lambda part: 2 in part) == (2,)


def test_a_failure_that_needs_no_blow_shrinks_to_none():
    assert shrink((0, 1), lambda part: True) == ()


def test_a_failure_that_does_not_come_again_keeps_all_its_blows():
    assert shrink((0, 1, 2), lambda part: False) == (0, 1, 2)
