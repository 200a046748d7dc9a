"""One run: the stack on a tree of services, a known state, load and faults on one timeline.

    warden.up -> the generator starts   (its imports overlap with what comes before the load)
    reset and seed -> steady state
    t0: load, faults, actions, a guard that creates links now and then
    recovery -> guards -> everything gathered -> judged

Whatever ends it (the end, Ctrl-C, a new save, a bug of ours), the load is stopped and every fault
is lifted before anybody hears of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from labs.engine.actions import ACTIONS, Stage
from labs.engine.alone import alone_on
from labs.engine.audience import Audience, Cancelled
from labs.engine.books import Books
from labs.engine.catalogue import LabFolder
from labs.engine.collect import Collector
from labs.engine.crew import Crew
from labs.engine.ending import Ending
from labs.engine.events import EventLog
from labs.engine.evidence import read_evidence
from labs.engine.generator import LoadFailed
from labs.engine.lost import does_not_start, does_not_work, without_load
from labs.engine.measures import measures_of
from labs.engine.measures.registry import load_claims
from labs.engine.model import Action
from labs.engine.outside import taken_by_others
from labs.engine.plan import plan_of
from labs.engine.probes import Probes, Refused
from labs.engine.processor import Meter, service_pids
from labs.engine.runs import new_run, write_plan, write_verdict
from labs.engine.sampler import Sampler
from labs.engine.seed import seed_sql
from labs.engine.steady import reach
from labs.engine.timeline import Timeline
from labs.engine.tree import content_hash
from labs.engine.verdict import Verdict, judge
from stack.components.postgres import SUPERUSER
from stack.home import Home
from stack.warden.client import DoesNotStart, Warden

DATABASE = "experiment"
GUARD_AT = (0.3, 0.65)  # of the timeline: when the guard creates a link under load
TICK_S = 0.05
LOOK_EVERY_S = 0.5


@dataclass
class Experiment:
    """A lab, a tree of services to run it on, and where to run it."""

    home: Home
    folder: LabFolder
    services_root: Path
    variant: str = "workspace"
    audience: Audience = field(default_factory=Audience)
    cancel: threading.Event = field(default_factory=threading.Event)
    warden: Warden | None = None

    def run(self) -> tuple[Verdict, Path]:
        """Run once and judge; the verdict also stands in the run's folder."""
        with alone_on(self.home):
            return _Run(self).whole()


class _Run:
    """The state of one run while it is under way."""

    def __init__(self, of: Experiment) -> None:
        self.of = of
        self.lab = of.folder.lab
        self.warden = of.warden or Warden(of.home)
        self.run_dir = new_run(of.home, of.variant, self.lab.number)
        self.log = EventLog(self.run_dir)
        self.collector = Collector(of.home, self.run_dir)
        self.meter = Meter(self._warden_pid())  # of the way to t0; the timeline has its own
        self.began = time.time()
        self.t0 = 0.0
        self.code = content_hash(of.services_root)
        self.plan = plan_of(self.lab, of.home.url)
        self.seed = ""
        self.after = ExitStack()  # undone in reverse, whatever happens

    def whole(self) -> tuple[Verdict, Path]:
        """Set up, run, gather, judge."""
        write_plan(self.run_dir, self.plan | {"t0": self.began})
        try:
            with self.after:
                self.after.callback(self.warden.lift_all)
                verdict = self._stages()
        except DoesNotStart as error:
            self._unless_cancelled()
            verdict = does_not_start(self._head(), error.said, error.log_tail, self._busy())
        except Refused as error:
            self._unless_cancelled()
            verdict = does_not_work(self._head(), str(error), self._busy())
        except LoadFailed as error:
            self._unless_cancelled()
            verdict = without_load(self._head(), str(error), self._busy())
        write_verdict(self.run_dir, verdict.as_json())
        return verdict, self.run_dir

    def _stages(self) -> Verdict:
        crew = Crew(self.of.home, self.run_dir)
        self.after.callback(crew.dismiss)
        status = self._deploy(crew)
        probes = Probes(self.of.home.url)
        self.after.callback(probes.close)
        sampler = self._steady(probes)
        self._on_stage(crew, probes, status)
        self._tell("gathering the evidence")
        self._finish(crew, probes, sampler, status)
        evidence = read_evidence(self.lab, self.run_dir)
        return judge(evidence, measures_of(self.of.folder.path), self._head())

    def _deploy(self, crew: Crew) -> dict[str, Any]:
        """Restart what changed, with a fresh state; the seed is made while services start."""
        self._tell("starting the services")
        with ThreadPoolExecutor(1) as pool:
            seed = pool.submit(seed_sql, self.lab)
            scale = {key: str(value) for key, value in self.lab.scale.items()}
            root, skewed = self.of.services_root, self.lab.skewed
            status = self.warden.up(self.lab.needs, root, scale, DATABASE, skewed, to_be_reset=True)
            self._unless_cancelled()
            crew.call()
            self._tell("laying in the state")
            self.seed = seed.result()
            self.warden.reset(self.seed)
        self._unless_cancelled()
        return status

    def _steady(self, probes: Probes) -> Sampler:
        self._tell("steady state")
        self.collector.open()
        reach(self.lab, probes, self.warden, self.of.home.url, self.seed)
        dsn = self.of.home.dsn(role=SUPERUSER, database=DATABASE)
        sampler = Sampler(dsn, self.run_dir / "samples.jsonl")
        sampler.start()
        self.after.callback(sampler.stop)
        self._unless_cancelled()
        return sampler

    def _on_stage(self, crew: Crew, probes: Probes, status: Mapping[str, Any]) -> None:
        """Everything between t0 and the end of the timeline."""
        plan, ledger = self.run_dir / "load.json", self.run_dir / "requests.jsonl"
        write_plan(self.run_dir, self.plan)
        (self.run_dir / "plan.json").replace(plan)
        crew.watch()
        self.t0 = crew.generator.send(plan, ledger, self.of.cancel)
        plan.unlink()
        write_plan(self.run_dir, self.plan | {"t0": self.t0})
        timeline = Timeline(self.lab, self.warden, self._act(), self.log)
        timeline.start(self.t0)
        self.after.callback(timeline.stop)
        self.after.callback(crew.generator.stop)
        self._tell("running")
        self.meter = Meter(self._warden_pid())
        with self.of.audience.draw(self.plan | {"t0": self.t0}, self.run_dir):
            self._until_over(crew, probes, timeline, service_pids(status["components"]))
            timeline.finish()
        timeline.stop()

    def _until_over(self, crew: Crew, probes: Probes, timeline: Timeline, pids: list[int]) -> None:
        generator, ends_s = crew.generator, self.lab.length_s
        creations = [share * ends_s for share in GUARD_AT]
        looks_s = 0.0
        while (now_s := time.time() - self.t0) < ends_s or generator.running:
            self._unless_cancelled()
            if creations and now_s >= creations[0]:
                creations.pop(0)
                threading.Thread(target=probes.create, daemon=True).start()
            if now_s >= looks_s:
                self.meter.look(pids)
                looks_s = now_s + LOOK_EVERY_S
            if now_s > ends_s + self.lab.timeout_s + 2.0:
                generator.stop()
            if not generator.running:
                timeline.all_answered()
            if self.of.audience.tick(self.run_dir, now_s):
                self._note_the_machine(crew)
                raise Cancelled
            self.of.cancel.wait(TICK_S)

    def _act(self) -> Callable[[Action], Any]:
        _, own = load_claims(self.of.folder.path)
        known = {**ACTIONS, **own}
        stage = Stage(self.of.home, self.warden, DATABASE)
        return lambda action: partial(known[action.do], stage)(**action.args)

    def _finish(
        self, crew: Crew, probes: Probes, sampler: Sampler, status: Mapping[str, Any]
    ) -> None:
        self.meter.look(service_pids(status["components"]))
        self._note_the_machine(crew)
        ending = Ending(self.warden, self.log, self.code)
        ending.ask(probes, Books(self.of.home, self.lab, self.run_dir, DATABASE))
        self.log.write("partner", "partner", **self.collector.partner())
        sampler.stop()
        ending.look_at_sampler(sampler)
        ending.look_at_servers(status)
        metrics = any(c["name"] == "prometheus" for c in status["components"])
        self.collector.close(self.t0, time.time(), metrics=metrics)

    def _note_the_machine(self, crew: Crew) -> None:
        self.log.write("cpu", "cpu", **self.meter.report())
        self.log.write("canary", "canary", **crew.canary())

    def _busy(self) -> str:
        """Say that others had the processors until now; empty when they had not."""
        self.meter.also(self._warden_pid())
        return taken_by_others(self.meter.report())

    def _warden_pid(self) -> int | None:
        pid = (self.warden.status(weigh=False)["warden"] or {}).get("pid")
        return int(pid) if pid else None

    def _tell(self, words: str) -> None:
        self.of.audience.stage(words)

    def _unless_cancelled(self) -> None:
        if self.of.cancel.is_set():
            raise Cancelled

    def _head(self) -> dict[str, Any]:
        return {
            "lab": self.lab.slug,
            "variant": self.of.variant,
            "code": self.code,
            "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began)),
            "seconds": round(time.time() - self.began, 2),
        }
