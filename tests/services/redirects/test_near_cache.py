from services.shortener.redirects.near_cache import NearCache


def trusted(at_s: float = 0.0, entries_at_most: int = 10) -> NearCache[str]:
    near: NearCache[str] = NearCache(entries_at_most=entries_at_most, trusted_for_s=0.5)
    near.trust(at_s)
    return near


def filled(near: NearCache[str], key: str, value: str, now_s: float = 0.0) -> None:
    near.keep(key, value, near.ticket(key, now_s), until_s=100.0)


def test_a_value_is_served_while_a_ping_was_answered_lately():
    near = trusted(at_s=0.0)
    filled(near, "k", "v")

    assert near.get("k", 0.49) == "v"
    assert near.get("k", 0.5) is None

    near.trust(0.4)
    assert near.get("k", 0.5) == "v"


def test_what_counts_is_when_the_answered_ping_was_sent_not_when_its_answer_came():
    near = trusted(at_s=1.0)
    filled(near, "k", "v", now_s=1.0)
    near.trust(0.2)  # an old answer over a slow line says nothing new

    assert near.get("k", 1.4) == "v"
    assert near.get("k", 1.5) is None


def test_without_a_single_answered_ping_nothing_is_kept():
    near: NearCache[str] = NearCache(entries_at_most=10)

    filled(near, "k", "v", now_s=5.0)

    assert len(near) == 0


def test_an_invalidated_value_is_not_served():
    near = trusted()
    filled(near, "k", "v")
    near.drop("k")

    assert near.get("k", 0.1) is None


def test_a_value_asked_for_before_its_invalidation_is_not_kept():
    """The push overtakes the value: they travel on two connections."""
    near = trusted()
    ticket = near.ticket("k", 0.0)
    near.drop("k")
    near.keep("k", "old", ticket, until_s=100.0)

    assert near.get("k", 0.1) is None


def test_a_value_asked_for_before_the_connection_was_lost_is_not_kept():
    near = trusted()
    ticket = near.ticket("k", 0.0)
    near.clear()
    near.trust(0.1)
    near.keep("k", "old", ticket, until_s=100.0)

    assert near.get("k", 0.2) is None


def test_of_two_fills_of_one_key_only_the_later_one_is_kept():
    near = trusted()
    early, late = near.ticket("k", 0.0), near.ticket("k", 0.0)
    near.keep("k", "late", late, until_s=100.0)
    near.keep("k", "early", early, until_s=100.0)

    assert near.get("k", 0.1) == "late"


def test_a_value_ends_with_its_own_time():
    near = trusted()
    near.keep("k", "v", near.ticket("k", 0.0), until_s=0.3)

    assert near.get("k", 0.29) == "v"
    assert near.get("k", 0.3) is None


def test_memory_is_bounded_for_values_and_for_tickets():
    near = trusted(entries_at_most=10)
    for n in range(1000):
        filled(near, str(n), "v")
        near.ticket(f"never kept {n}", 0.0)

    assert len(near) == 10
    assert len(near._tickets) <= 10
    assert near.get("999", 0.1) == "v"


def test_being_read_does_not_prolong_a_value():
    near = trusted()
    near.keep("k", "v", near.ticket("k", 0.0), until_s=0.3)
    for n in range(10):
        near.get("k", n * 0.02)

    assert near.get("k", 0.31) is None
