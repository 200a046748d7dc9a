"""Run a plan and write a ledger: `python -m loadtests.drive PLAN.json OUT.jsonl`.

Open loop: a greenlet per arrival, started at its planned moment whatever the earlier ones are
still waiting for. A slow system does not slow the schedule; it only has more requests open.

Where the plan gives no `t0`, the timeline starts as soon as the accounts are ready. Either way one
JSON line on stdout says when: {"t0": ..., "arrivals": ...}. SIGTERM or SIGINT ends the run early:
what is open is recorded as interrupted, and the summary still comes last.
"""

import gc
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType

import gevent
from gevent.pool import Group

from loadtests import machine
from loadtests.accounts import prepare
from loadtests.bad_plan import BadPlan
from loadtests.plan import Arrival, Phase, Plan, arrivals_of, plan_of
from loadtests.record import Due, Recorder
from loadtests.running import RUN_SECRET
from loadtests.users import Account, Answer, Request, Turn
from loadtests.wire import Exchange, Wire

_LEAD_S = 0.05
_FLUSH_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Clock:
    """Epoch seconds that no clock adjustment can bend during a run."""

    epoch_s: float
    monotonic_s: float

    def now_s(self) -> float:
        """Return epoch seconds on the monotonic clock."""
        return self.epoch_s + time.perf_counter() - self.monotonic_s


class Drive:
    """One run of one plan."""

    def __init__(self, plan: Plan, recorder: Recorder, clock: Clock) -> None:
        self._plan = plan
        self._arrivals = arrivals_of(plan)
        offsets_s = [arrival.offset_s for arrival in self._arrivals]
        self._slots = machine.slots_for(offsets_s, plan.timeout_s, machine.files_limit())
        machine.allow_files(self._slots)
        self._recorder = recorder
        self._clock = clock
        self._run = secrets.token_hex(4)
        self._wires: dict[str, Wire] = {}
        self._open = Group()
        self._stopped = False
        self._bug: Exception | None = None
        self._rngs = {id(p): Random(f"{plan.seed}/{p.name}") for p in plan.phases}  # noqa: S311 - reproducible on purpose
        self._extra = {id(p): _extra_headers(p) for p in plan.phases}
        self._accounts: dict[int, tuple[Account, ...]] = {}

    def stop(self) -> None:
        """End early: nothing more is sent, what is open is given up."""
        self._stopped = True

    def run(self) -> None:
        """Prepare, wait for the start, let everybody arrive, wait for the last answer, sum up."""
        for number, phase in enumerate(self._plan.phases):
            ask, own = partial(self._ask_once, phase), f"{self._run}-{number}"
            self._accounts[id(phase)] = prepare(phase.accounts, own, ask, gevent.sleep)
        t0 = self._start_s()
        print(json.dumps({"t0": t0, "arrivals": len(self._arrivals)}), flush=True)
        self._recorder.start(t0, len(self._arrivals))
        gc.collect()
        gc.freeze()  # what is alive now stays: collections during the run only look at the run
        flusher = gevent.spawn(self._flush_now_and_then)
        self._let_arrive(t0)
        self._wait_for_answers()
        flusher.kill()
        self._recorder.finish(interrupted=self._stopped)
        for wire in self._wires.values():
            wire.close()
        if self._bug is not None:
            raise self._bug

    def _start_s(self) -> float:
        now_s = self._clock.now_s()
        if self._plan.t0 is None:
            return now_s + _LEAD_S
        if self._plan.t0 < now_s:
            late_s = now_s - self._plan.t0
            raise BadPlan(f"the timeline began {late_s:.2f} s before the generator was ready")
        return self._plan.t0

    def _let_arrive(self, t0: float) -> None:
        for arrival in self._arrivals:
            due_s = t0 + arrival.offset_s
            while (wait_s := due_s - self._clock.now_s()) > 0 and not self._stopped:
                gevent.sleep(min(wait_s, 0.1))
            if self._stopped:
                return
            self._open.start(gevent.Greenlet(self._arrive, arrival, due_s))
            self._recorder.due()

    def _wait_for_answers(self) -> None:
        gevent.sleep(0)  # a greenlet killed before its first step would leave no row
        while self._open and not self._stopped:
            self._open.join(timeout=0.1)
        self._open.kill()  # each writes its row as interrupted
        self._open.join()

    def _arrive(self, arrival: Arrival, planned_s: float) -> None:
        try:
            self._play(arrival, planned_s)
        except Exception as bug:  # noqa: BLE001 - raised again by run(), where somebody sees it
            self._bug = bug
            self.stop()

    def _play(self, arrival: Arrival, planned_s: float) -> None:
        phase, step = arrival.phase, 1
        script = phase.user.script(self._turn(arrival))
        request = next(script)
        while True:
            trace_id = self._recorder.trace_id(arrival.n, step)
            happened = self._ask(Due(arrival.n, step, phase, request, planned_s, trace_id))
            if happened.error == "interrupted":
                return
            try:
                request = script.send(Answer(happened.status, happened.headers, happened.body))
            except StopIteration:
                return
            step += 1
            planned_s = happened.done_s + request.after_s
            gevent.sleep(request.after_s)

    def _turn(self, arrival: Arrival) -> Turn:
        key = id(arrival.phase)
        return Turn(arrival.n, self._run, self._rngs[key], self._accounts[key], arrival.place)

    def _ask(self, due: Due) -> Exchange:
        trace = {"traceparent": f"00-{due.trace_id}-{due.trace_id[16:]}-01"}
        wire = self._wire(due.request.base_url or due.phase.base_url)
        happened = wire.exchange(due.request, {**self._extra[id(due.phase)], **trace})
        self._recorder.row(due, happened)
        return happened

    def _ask_once(self, phase: Phase, request: Request) -> Exchange:
        """Ask outside the timeline and its ledger."""
        return self._wire(phase.base_url).exchange(request, self._extra[id(phase)])

    def _wire(self, base_url: str) -> Wire:
        if base_url not in self._wires:
            plan, clock = self._plan, self._clock
            self._wires[base_url] = Wire(base_url, plan.timeout_s, clock.now_s, self._slots)
        return self._wires[base_url]

    def _flush_now_and_then(self) -> None:
        while True:
            gevent.sleep(_FLUSH_EVERY_S)
            self._recorder.flush()


def _extra_headers(phase: Phase) -> Mapping[str, str]:
    secret = os.environ.get(RUN_SECRET)
    return {**phase.headers, **({"x-lab-run": secret} if secret else {})}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `PLAN.json OUT.jsonl`; a plan that we refuse is one sentence and exit code 2."""
    args = sys.argv[1:] if argv is None else list(argv)
    if len(args) != 2:
        print("usage: python -m loadtests.drive PLAN.json OUT.jsonl", file=sys.stderr)
        return 2
    clock = Clock(time.time(), time.perf_counter())
    try:
        plan = plan_of(json.loads(Path(args[0]).read_text(encoding="utf-8")))
        with Path(args[1]).open("w", encoding="utf-8") as out:
            drive = Drive(plan, Recorder(out), clock)
            _stop_on_signals(drive)
            machine.be_first_in_line()
            drive.run()
    except (BadPlan, OSError, json.JSONDecodeError) as refused:
        print(f"load: {refused}", file=sys.stderr)
        return 2
    return 0


def _stop_on_signals(drive: Drive) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        drive.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
