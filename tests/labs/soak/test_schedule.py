import pytest

from chaos.faults import parse
from labs.soak.schedule import LOAD_S, draw

SEEDS = range(300)


def test_the_same_seed_draws_the_same_schedule():
    assert draw(7) == draw(7)
    assert len({str(draw(seed)) for seed in SEEDS}) > 250


@pytest.mark.parametrize("real_kafka", [True, False])
def test_every_blow_is_a_fault_that_chaos_knows(real_kafka):
    for seed in SEEDS:
        for blow in draw(seed, real_kafka=real_kafka).blows:
            parse(blow.spec)


def test_every_kind_of_fault_is_drawn_and_every_server_is_killed():
    blows = [blow for seed in SEEDS for blow in draw(seed).blows]
    killed = {b.spec["process"] for b in blows if b.spec["kind"] == "kill"}

    assert {b.spec["kind"] for b in blows} == {
        *("toxic", "proxy_down", "pause", "kill", "terminate_backends"),
        *("lock_table", "redis_evict", "partner", "clock_skew", "disk_full"),
    }
    assert killed == {
        *("shortener-a", "shortener-b", "relay", "analytics", "postgres", "redis", "kafka")
    }


def test_the_disks_of_what_must_not_forget_are_filled_and_the_shorteners_clocks_are_moved():
    blows = [blow.spec for seed in SEEDS for blow in draw(seed).blows]

    assert {b["process"] for b in blows if b["kind"] == "disk_full"} == {"postgres", "kafka"}
    skewed = {b["process"] for b in blows if b["kind"] == "clock_skew"}
    assert skewed == {"shortener-a", "shortener-b", "relay", "analytics"}


def test_a_broker_that_lives_in_memory_is_never_stopped():
    blows = [blow for seed in SEEDS for blow in draw(seed, real_kafka=False).blows]

    assert "kafka" not in {blow.spec.get("process") for blow in blows}


def test_blows_fall_while_there_is_load():
    assert all(0 < b.at_s < LOAD_S and b.for_s > 0 for seed in SEEDS for b in draw(seed).blows)


def test_a_part_of_a_schedule_keeps_its_seed_and_the_chosen_blows():
    whole = next(s for s in map(draw, SEEDS) if len(s.blows) == 4)

    part = whole.part([3, 1])

    assert part.seed == whole.seed
    assert part.blows == (whole.blows[1], whole.blows[3])
