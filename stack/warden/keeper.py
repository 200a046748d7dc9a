"""Everything that runs, as one: brought up in order of what needs what, and down again."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable

from stack.compiled import compile_services
from stack.components import ORDER, SERVICES, catalogue, closure
from stack.components.component import Component
from stack.components.prometheus import watch
from stack.components.redis import command
from stack.deployment import Deployment, code_hash
from stack.forkserver.server import ForkServer, possible
from stack.home import Home, port_is_free
from stack.interpreter import bytecode, fill_bytecode
from stack.process import DidNotStart
from stack.warden.database import Databases
from stack.warden.sweep import MARKER, marker
from stack.warden.unit import State, Unit

log = logging.getLogger("warden")
REDEPLOY_PATIENCE_S = 0.05  # nobody is being served: a new version is about to start
AGREE_WITHIN_S = 20.0
_STANDING = (State.READY, State.PAUSED, State.HELD)  # a fault's doing is not ours to undo


class Keeper:
    """The units of one LAB_HOME. One thing at a time: up, down and reset wait for each other."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.units: dict[str, Unit] = {}
        self.deployment = Deployment()
        self.code = ""
        self.databases = Databases(home)
        self.proxy_started_again = asyncio.Event()
        mark = {MARKER: marker(home)}
        self.forks = {name: ForkServer(home, name, mark) for name in SERVICES if possible()}
        self._one_at_a_time = asyncio.Lock()

    async def up(
        self, needs: Iterable[str], deployment: Deployment, *, to_be_reset: bool = False
    ) -> None:
        """Make exactly this deployment run: what is right already is left alone.

        Servers that are up and not needed stay; services that are not needed go, so that a lab
        always meets the same system, and with them what cannot be ready without them (the edge).
        `to_be_reset`: what is in the database is about to go.
        """
        async with self._one_at_a_time:
            code = await self._checked_code(deployment)
            wanted = closure(needs, catalogue(self.home, deployment))
            self._claim_ports(wanted, deployment)
            units = self._plan(wanted, deployment, code)
            fresh = [unit for unit in units if not self._stands(unit)]
            leaving = self._leaving(wanted)
            replaced = [self.units[u.name] for u in fresh if u.name in self.units]
            await _stop_all([*leaving, *replaced], REDEPLOY_PATIENCE_S)
            for unit in leaving:
                del self.units[unit.name]
            self.deployment, self.code = deployment, code
            self.units |= {unit.name: unit for unit in fresh}
            self._watch_metrics()
            await self._start_all(fresh, wanted, to_be_reset=to_be_reset)
            await self._agree(wanted)

    async def down(self) -> None:
        """Stop everything: what needs others first, the others after."""
        async with self._one_at_a_time:
            await _stop_all([u for n, u in self.units.items() if n in SERVICES], 0.2)
            await _stop_all(list(self.units.values()), None)
            self.units.clear()
            await asyncio.gather(*(forks.stop() for forks in self.forks.values()))

    async def reset(self, seed_sql: str = "") -> None:
        """Give the services a fresh database and an empty Redis, and wait until they have it."""
        async with self._one_at_a_time:
            work = [self.databases.fresh(self.deployment, seed_sql)]
            if "redis" in self.units:
                work.append(self._flush_redis())
            await asyncio.gather(*work)
            await self._agree(list(self.units))

    def unit(self, name: str) -> Unit:
        """Return a unit by name; KeyError when it does not run here."""
        return self.units["edge" if name == "haproxy" else name]

    async def start_skewable(self, name: str) -> None:
        """Start a service again so that its clock can be moved, unless it was already."""
        if name in self.deployment.skewed or name not in self.units:
            return
        deployment = Deployment(
            self.deployment.services_root,
            self.deployment.scale,
            self.deployment.database,
            self.deployment.kafka,
            self.deployment.skewed | {name},
        )
        await self.up([n for n in ORDER if n in self.units], deployment)

    async def _checked_code(self, deployment: Deployment) -> str:
        services = deployment.services
        code = await asyncio.to_thread(code_hash, services)
        if code != self.code:
            wrong = await asyncio.to_thread(compile_services, services, bytecode(self.home))
            if wrong:
                where, what = wrong
                place = f"services/{where}" if not where.startswith("services/") else where
                raise DidNotStart(place, f"cannot be read by Python: {what}", f"{place}: {what}")
        return code

    def _claim_ports(self, wanted: list[str], deployment: Deployment) -> None:
        """Make sure that ports are ours before anybody is told about them."""
        components = catalogue(self.home, deployment)
        for name in wanted:
            if name in self.units and self.units[name].running:
                continue
            for port in components[name].ports:
                if not port_is_free(self.home.port(port)):
                    log.warning("the port of %s is taken; choosing another", port)
                    self.home.repick_port(port)

    def _plan(self, wanted: list[str], deployment: Deployment, code: str) -> list[Unit]:
        components = catalogue(self.home, deployment)
        return [self._unit_for(components[name], deployment, code) for name in wanted]

    def _unit_for(self, component: Component, deployment: Deployment, code: str) -> Unit:
        # Every service reports the hash of all code at /livez, so any change restarts them all:
        # one that was left running would report a code that is no longer deployed.
        if component.name == "partner":
            code = code_hash(component.cwd() / "services" / "partner")
        elif component.name == "edge":
            code = code_hash(deployment.services / "edge")
        elif component.name not in SERVICES:
            code = ""
        unit = Unit(self.home, component, code, self.forks.get(component.name))
        if component.name == "proxy":
            unit.started_again.append(self.proxy_started_again)
        return unit

    def _leaving(self, wanted: list[str]) -> list[Unit]:
        gone = {name for name in self.units if name in SERVICES and name not in wanted}
        return [
            unit
            for name, unit in self.units.items()
            if name in gone or (name not in wanted and gone.intersection(unit.component.needs))
        ]

    def _stands(self, planned: Unit) -> bool:
        unit = self.units.get(planned.name)
        if unit is None or unit.state not in _STANDING:
            return False
        return unit.fingerprint == planned.wanted_fingerprint()

    async def _start_all(self, fresh: list[Unit], wanted: list[str], *, to_be_reset: bool) -> None:
        """Start each as soon as what it needs is ready; the first failure is told."""
        ready = {name: asyncio.Event() for name in [*wanted, "bytecode", "database"]}
        starting = {unit.name for unit in fresh}
        for name in wanted:
            if name not in starting:
                ready[name].set()
        tasks = [asyncio.create_task(self._start_one(unit, ready)) for unit in fresh]
        tasks.append(asyncio.create_task(self._fill_bytecode(ready)))
        tasks.append(asyncio.create_task(self._make_database(wanted, ready, to_be_reset)))
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in done:
            task.result()

    async def _start_one(self, unit: Unit, ready: dict[str, asyncio.Event]) -> None:
        needs = list(unit.component.needs)
        if unit.name in SERVICES:
            needs += ["bytecode", "database"] if "postgres" in needs else ["bytecode"]
        for name in needs:
            if name in ready:
                await ready[name].wait()
        await unit.start()
        ready[unit.name].set()

    async def _fill_bytecode(self, ready: dict[str, asyncio.Event]) -> None:
        await asyncio.to_thread(fill_bytecode, self.home)
        ready["bytecode"].set()

    async def _make_database(
        self, wanted: list[str], ready: dict[str, asyncio.Event], to_be_reset: bool
    ) -> None:
        if "postgres" in wanted:
            await ready["postgres"].wait()
            await ready["bytecode"].wait()
            await self.databases.ensure(self.deployment, to_be_reset=to_be_reset)
        ready["database"].set()

    async def _agree(self, names: list[str]) -> None:
        """Wait until everything says at the same time that it is ready, the edge included."""
        units = [self.units[name] for name in names if self.units[name].state is State.READY]
        waiting = units
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGREE_WITHIN_S):
                while waiting:
                    answers = await asyncio.gather(*(unit.answers() for unit in units))
                    waiting = [u for u, well in zip(units, answers, strict=True) if not well]
                    await asyncio.sleep(0.03 if waiting else 0)
        if waiting:
            unit = waiting[0]
            tail = unit.child.log_tail() if unit.child else ""
            raise DidNotStart(unit.name, f"is not ready after {AGREE_WITHIN_S:g} s", tail)

    async def _flush_redis(self) -> None:
        await command(self.home.port("redis"), "FLUSHALL")

    def _watch_metrics(self) -> None:
        instances = {name: name for name in SERVICES if name in self.units}
        if "edge" in self.units:
            instances["edge"] = "edge-metrics"
        watch(self.home, instances)


async def _stop_all(units: list[Unit], patience_s: float | None) -> None:
    await asyncio.gather(*(unit.stop(patience_s=patience_s) for unit in units))
