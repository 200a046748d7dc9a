"""Bytes in flight while toxics come, change and go: nothing lost, doubled or out of order."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.proxy.chain import Attached
from chaos.proxy.line import Line
from chaos.proxy.toxics import TOXICS, End, Piece, changed

CHUNKS = st.tuples(st.just("chunk"), st.integers(1, 400))
WAITS = st.tuples(st.just("wait"), st.floats(0, 0.5))
TOXIC = st.one_of(
    st.tuples(st.just("noop"), st.just({})),
    st.tuples(
        st.just("latency"),
        st.fixed_dictionaries({"latency": st.integers(0, 300), "jitter": st.integers(0, 300)}),
    ),
    st.tuples(st.just("bandwidth"), st.fixed_dictionaries({"rate": st.integers(0, 20)})),
    st.tuples(
        st.just("slicer"),
        st.fixed_dictionaries(
            {
                "average_size": st.integers(0, 50),
                "size_variation": st.integers(0, 20),
                "delay": st.integers(0, 30_000),
            }
        ),
    ),
    st.tuples(st.just("slow_close"), st.fixed_dictionaries({"delay": st.integers(0, 200)})),
    # Never reached, or lifted before its time: neither may cost a byte.
    st.tuples(st.just("limit_data"), st.just({"bytes": 1_000_000})),
    st.tuples(st.just("reset_peer"), st.just({"timeout": 1_000_000})),
)
ADDS = st.tuples(st.just("add"), TOXIC)
REMOVES = st.tuples(st.just("remove"), st.integers(0, 5))
UPDATES = st.tuples(st.just("update"), st.integers(0, 5))
DELIVERIES = st.tuples(st.just("deliver"), st.integers(1, 5))


def attached(uid: int, kind: str, wanted: dict) -> Attached:
    return Attached(uid, f"t{uid}", kind, "upstream", 1.0, changed(TOXICS[kind](), wanted))


class Bench:
    """A line driven by hand, with its own clock."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.line = Line()
        self.toxics: list[Attached] = []
        self.sent = bytearray()
        self.seen: list[Piece] = []
        self.uid = 0

    def chunk(self, size: int) -> None:
        data = bytes((len(self.sent) + n) % 251 for n in range(size))
        self.sent += data
        self.line.add(Piece(self.now_s, data), 0.37)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def add(self, toxic: tuple) -> None:
        self.uid += 1
        self.toxics.append(attached(self.uid, *toxic))
        self.apply()

    def remove(self, place: int) -> None:
        if self.toxics:
            self.toxics.pop(place % len(self.toxics))
            self.apply()

    def update(self, place: int) -> None:
        if self.toxics:
            place %= len(self.toxics)
            self.toxics[place] = replace(self.toxics[place])
            self.apply()

    def apply(self) -> None:
        assert self.line.set_toxics(self.toxics, self.now_s, [0.5] * len(self.toxics))

    def deliver(self, most: int) -> None:
        for _ in range(most):
            due_s = self.line.due_s()
            if due_s is None or due_s > self.now_s:
                return
            self.seen.append(self.line.pop())

    def finish(self) -> None:
        self.line.add(Piece(self.now_s, b"", End.EOF), 0.37)
        self.toxics = []
        self.apply()
        while self.line.due_s() is not None:
            self.seen.append(self.line.pop())


@settings(deadline=None)
@given(
    st.lists(st.one_of(CHUNKS, WAITS, ADDS, REMOVES, UPDATES, DELIVERIES, DELIVERIES), max_size=40)
)
def test_bytes_survive_any_change_of_toxics_in_mid_flight(steps):
    bench = Bench()
    for verb, argument in steps:
        getattr(bench, verb)(argument)

    bench.finish()

    assert b"".join(piece.data for piece in bench.seen) == bytes(bench.sent)
    assert [piece.end for piece in bench.seen if piece.end] == [End.EOF]
    assert bench.line.bytes_waiting == bench.line.bytes_dropped == 0
    assert bench.line.clear


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=20), st.integers(0, 200), st.data())
def test_limit_data_counts_exactly_what_was_delivered_whatever_else_changes(sizes, limit, data):
    bench = Bench()
    bench.add(("slicer", {"average_size": 3}))
    bench.add(("limit_data", {"bytes": limit}))
    for size in sizes:
        bench.chunk(size)
        bench.deliver(data.draw(st.integers(0, 9)))
        if data.draw(st.booleans()):
            bench.update(data.draw(st.integers(0, 1)))

    while bench.line.due_s() is not None and not any(piece.end for piece in bench.seen):
        bench.seen.append(bench.line.pop())

    passed = b"".join(piece.data for piece in bench.seen)
    assert passed == bytes(bench.sent)[:limit]


def test_a_backlog_leaves_at_the_new_rate_and_not_in_one_burst():
    bench = Bench()
    bench.add(("bandwidth", {"rate": 0}))
    bench.chunk(4000)
    bench.wait(60)

    bench.toxics = [replace(bench.toxics[0], toxic=changed(bench.toxics[0].toxic, {"rate": 10}))]
    bench.apply()

    assert bench.line.due_s() == bench.now_s + 0.1


def test_lifting_a_toxic_that_threw_bytes_away_ends_the_connection():
    bench = Bench()
    bench.add(("timeout", {"timeout": 0}))
    bench.chunk(10)
    assert bench.line.due_s() is None
    assert bench.line.swallows

    assert bench.line.set_toxics([], bench.now_s, []) is False
    assert bench.line.bytes_dropped == 10


def test_toxicity_decides_once_per_connection():
    line = Line()
    half = replace(attached(1, "latency", {"latency": 100}), toxicity=0.5)

    line.set_toxics([half], 0.0, [0.7])
    spared = line.clear
    line.set_toxics([replace(half)], 1.0, [0.1])

    assert spared
    assert line.clear, "an update throws no new dice"


def test_twenty_chunks_under_50_ms_take_50_ms_in_all():
    bench = Bench()
    bench.add(("latency", {"latency": 50}))
    for _ in range(20):
        bench.chunk(1)

    bench.wait(0.051)
    bench.deliver(100)

    assert len(bench.seen) == 20
