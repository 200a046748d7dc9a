"""The same users and shapes in Locust: `locust -f loadtests/locustfile.py --host http://127.0.0.1:PORT`.

Locust's users are a closed loop: each waits for its answer before it asks again. Here a Locust
user is a *stream*: it carries a quarter of the arrivals of one curve, a greenlet for each. There
are four, so the curve is whole with one process and with up to four workers; `-u` and `-r` mean
nothing.
"""

import json
import secrets
import sys
import time
from pathlib import Path
from random import Random

# Locust runs from anywhere and puts only this file's own folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import gevent
from gevent.pool import Group
from locust import LoadTestShape, User, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.accounts import prepare
from loadtests.bad_plan import BadPlan
from loadtests.by_hand import BY_HAND, plan_by_hand, shape_by_hand
from loadtests.plan import Arrival, Plan, arrivals_of, plan_of
from loadtests.users import USERS, Answer, Request, Turn
from loadtests.wire import Exchange, Wire

STREAMS = 4
_LAST_ANSWERS_S = 1.0


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _options(parser: LocustArgumentParser) -> None:
    group = parser.add_argument_group("Short Circuit", "What is asked, and along which curve")
    group.add_argument("--kind", default="visitor", choices=sorted(USERS), help="Kind of user")
    group.add_argument(
        "--shape", default="spike", choices=sorted(BY_HAND), help="Curve of the load"
    )
    group.add_argument("--rps", type=float, default=100, help="Requests a second at the most")
    group.add_argument("--seconds", type=float, default=20, help="Length of the curve")
    group.add_argument("--code", default="", help="Short link to visit or to edit")
    group.add_argument("--accounts", type=int, default=0, help="Throw-away accounts to prepare")
    group.add_argument("--user-args", default="{}", help="More fields of the user, as JSON")


def plan_from(environment: Environment) -> Plan:
    """Read what was asked for, within the same bounds as everywhere."""
    options = environment.parsed_options
    assert options is not None
    args = json.loads(options.user_args)
    if options.code:
        args.setdefault("codes", [options.code])
    if options.accounts:
        args["accounts"] = options.accounts
    shape = shape_by_hand(options.shape, options.rps, options.seconds)
    return plan_of(plan_by_hand(environment.host or "", shape, options.seconds, options.kind, args))


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def _refuse(environment: Environment) -> None:
    if isinstance(environment.runner, WorkerRunner):
        return
    try:
        arrivals_of(plan_from(environment))
    except BadPlan as refused:
        print(f"load: {refused}", file=sys.stderr)
        environment.process_exit_code = 2
        assert environment.runner is not None
        environment.runner.quit()


class UntilTheCurveEnds(LoadTestShape):
    """All streams at once, and an end when the curve has ended."""

    def tick(self) -> tuple[int, float] | None:
        """Tell Locust how many streams there are now."""
        assert self.runner is not None
        assert self.runner.environment.parsed_options is not None
        seconds = self.runner.environment.parsed_options.seconds
        run_s = self.get_run_time()  # type: ignore[no-untyped-call]
        return (STREAMS, STREAMS) if run_s < seconds + _LAST_ANSWERS_S else None


class Stream(User):
    """Every fourth arrival of the curve."""

    abstract = True
    fixed_count = 1
    number = 0

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._plan = plan_from(environment)
        self._phase = self._plan.phases[0]
        self._rng = Random(self.number)  # noqa: S311 - reproducible on purpose
        self._run = secrets.token_hex(4)
        self._wire = Wire(self._phase.base_url, self._plan.timeout_s, time.time)
        self._accounts = prepare(
            self._phase.accounts, self._run, lambda r: self._wire.exchange(r, {}), gevent.sleep
        )

    @task
    def play(self) -> None:
        """Let this stream's share arrive, each at its moment."""
        began_s, open_now = time.time(), Group()
        try:
            for arrival in arrivals_of(self._plan)[self.number :: STREAMS]:
                planned_s = began_s + arrival.offset_s
                gevent.sleep(max(0.0, planned_s - time.time()))
                open_now.start(gevent.Greenlet(self._arrive, arrival, planned_s))
            gevent.sleep(self._plan.timeout_s * 2)  # the shape ends the run, not this task
        finally:
            open_now.kill()

    def _arrive(self, arrival: Arrival, planned_s: float) -> None:
        turn = Turn(arrival.n, self._run, self._rng, self._accounts, arrival.place)
        script = self._phase.user.script(turn)
        request = next(script)
        while True:
            happened = self._wire.exchange(request, self._phase.headers)
            if happened.error == "interrupted":
                return
            self._report(request, planned_s, happened)
            try:
                request = script.send(Answer(happened.status, happened.headers, happened.body))
            except StopIteration:
                return
            planned_s = happened.done_s + request.after_s
            gevent.sleep(request.after_s)

    def _report(self, request: Request, planned_s: float, happened: Exchange) -> None:
        error = happened.error or (f"status {happened.status}" if happened.status >= 400 else None)
        location = happened.headers.get("location")
        if error is None and request.expect_location not in (None, location):
            error = "location"
        self.environment.events.request.fire(
            request_type=request.method,
            name=request.name,
            response_time=(happened.done_s - planned_s) * 1000,
            response_length=len(happened.body),
            exception=RuntimeError(error) if error else None,
            context={},
            start_time=planned_s,
            url=request.path,
        )


class FirstStream(Stream):
    """Arrivals 0, 4, 8 and so on."""


class SecondStream(Stream):
    """Arrivals 1, 5, 9 and so on."""

    number = 1


class ThirdStream(Stream):
    """Arrivals 2, 6, 10 and so on."""

    number = 2


class FourthStream(Stream):
    """Arrivals 3, 7, 11 and so on."""

    number = 3
