"""Each toxic alone: pure, so time is an argument and nothing sleeps."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.proxy.toxics import TOXICS, End, Piece, attributes, changed
from chaos.proxy.toxics.bandwidth import Bandwidth
from chaos.proxy.toxics.latency import Latency
from chaos.proxy.toxics.limit_data import LimitData
from chaos.proxy.toxics.reset_peer import ResetPeer
from chaos.proxy.toxics.slicer import Slicer
from chaos.proxy.toxics.slow_close import SlowClose
from chaos.proxy.toxics.timeout import Timeout

KEEPS_ALL = ("noop", "latency", "bandwidth", "slow_close", "slicer")
NUMBERS = {"latency": 50, "jitter": 50, "rate": 3, "delay": 40, "average_size": 7}


def toxic_of(kind: str):
    wanted = {name: NUMBERS[name] for name in attributes(TOXICS[kind]()) if name in NUMBERS}
    return changed(TOXICS[kind](), wanted)


@pytest.mark.parametrize("kind", KEEPS_ALL)
@settings(deadline=None)
@given(data=st.binary(min_size=1, max_size=2000), roll=st.floats(0, 1, exclude_max=True))
def test_what_goes_in_comes_out_unchanged_in_order_and_not_early(kind, data, roll):
    pieces, _ = toxic_of(kind).plan(Piece(10.0, data), 0.0, roll)

    assert b"".join(piece.data for piece in pieces) == data
    assert all(piece.at_s >= 10.0 for piece in pieces)
    assert [p.at_s for p in pieces] == sorted(p.at_s for p in pieces)


def test_latency_counts_from_arrival_with_jitter_on_both_sides():
    toxic = Latency(latency=100, jitter=20)

    def due_s(roll: float) -> float:
        return toxic.plan(Piece(1.0, b"x"), 0.0, roll)[0][0].at_s

    assert (due_s(0.0), due_s(0.5)) == (pytest.approx(1.08), pytest.approx(1.1))
    assert due_s(0.999999) == pytest.approx(1.12)


def test_latency_smaller_than_its_jitter_never_turns_time_back():
    (piece,), _ = Latency(latency=1, jitter=50).plan(Piece(1.0, b"x"), 0.0, 0.0)

    assert piece.at_s == 1.0


def test_bandwidth_takes_as_long_as_the_rate_says_also_over_several_chunks():
    toxic = Bandwidth(rate=10)  # 10 KB/s

    first, free_s = toxic.plan(Piece(0.0, bytes(2500)), 0.0, 0.0)
    second, free_s = toxic.plan(Piece(0.1, bytes(2500)), free_s, 0.0)

    assert [len(piece.data) for piece in first] == [1000, 1000, 500]
    assert [piece.at_s for piece in first] == pytest.approx([0.1, 0.2, 0.25])
    assert second[-1].at_s == pytest.approx(free_s) == pytest.approx(0.5)


def test_bandwidth_of_zero_lets_nothing_through():
    (piece,), _ = Bandwidth(rate=0).plan(Piece(0.0, b"x"), 0.0, 0.0)

    assert math.isinf(piece.at_s)


def test_slow_close_delays_ends_and_not_bytes():
    toxic = SlowClose(delay=500)

    assert toxic.plan(Piece(1.0, b"x"), 0.0, 0.0)[0] == [Piece(1.0, b"x")]
    assert toxic.plan(Piece(1.0, b"", End.EOF), 0.0, 0.0)[0] == [Piece(1.5, b"", End.EOF)]


def test_timeout_swallows_bytes_and_ends_by_itself_unless_it_is_zero():
    toxic = Timeout(timeout=250)

    assert toxic.plan(Piece(1.0, b"x"), 0.0, 0.0)[0] == []
    assert toxic.plan(Piece(1.0, b"", End.EOF), 0.0, 0.0)[0] == [Piece(1.0, b"", End.EOF)]
    assert (toxic.ends_after_s(), Timeout(timeout=0).ends_after_s()) == (0.25, None)


def test_reset_peer_resets_in_the_place_of_whatever_came():
    (piece,), _ = ResetPeer(timeout=100).plan(Piece(1.0, b"x"), 0.0, 0.0)

    assert piece == Piece(1.1, b"", End.RESET)


def test_slicer_cuts_small_and_spaces_out():
    pieces, _ = Slicer(average_size=10, size_variation=2, delay=1000).plan(
        Piece(0.0, bytes(100)), 0.0, 0.3
    )

    assert all(1 <= len(piece.data) <= 12 for piece in pieces)
    assert [p.at_s for p in pieces] == pytest.approx([n / 1000 for n in range(len(pieces))])


def test_limit_data_passes_exactly_the_limit_and_closes():
    toxic = LimitData(bytes=5)

    first, passed = toxic.plan(Piece(0.0, b"abc"), 0.0, 0.0)
    second, _ = toxic.plan(Piece(1.0, b"def"), passed, 0.0)

    assert first == [Piece(0.0, b"abc")]
    assert second == [Piece(1.0, b"de"), Piece(1.0, b"", End.CLOSE)]


@pytest.mark.parametrize("wanted", [[], {"latency": -1}, {"latency": True}, {"latency": 1.5}])
def test_attributes_that_make_no_sense_are_refused(wanted):
    with pytest.raises(ValueError, match="attribute"):
        changed(Latency(), wanted)
