"""The measures that labs bring along, on evidence written by hand."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher

from labs.engine.actions import Outside
from labs.engine.catalogue import CATALOGUE, LabFolder
from labs.engine.evidence import Event, Evidence, Request
from labs.engine.measures import Measured, measures_of
from labs.engine.measures.registry import load_claims


def lab(name: str) -> LabFolder:
    return LabFolder(CATALOGUE / name)


def asked(
    phase: str, at_s: float, took_s: float, *, status: int = 200, name: str = "", body: str = ""
) -> Request:
    done_s = at_s + took_s
    return Request(phase, name, "GET", "/", at_s, at_s, done_s, status, body=body)


def evidence(folder: LabFolder, requests: list[Request], events: list[Event]) -> Evidence:
    return Evidence(folder.lab, Path("nowhere"), tuple(requests), events=tuple(events))


def blocked_loop(click_s: float, while_registering_s: float, alone_s: float = 0.1) -> Evidence:
    """Five logins alone, then ten at once for a second, with clicks before and during."""
    logins = [asked("early", n / 2, alone_s) for n in range(5)]
    logins += [asked("nine", 3.0, 0.1 * (n + 1)) for n in range(10)]
    clicks = [asked("clicks", 2.0, 9.0, status=302)]  # before the logins: not counted
    clicks += [asked("clicks", 3.0 + n / 10, click_s, status=302) for n in range(10)]
    clicks += [asked("clicks", 5.0 + n / 10, while_registering_s, status=302) for n in range(4)]
    came = {"began_s": 5.0, "ended_s": 5.5, "statuses": [201, 201, 503]}
    newcomers = Event(5.5, "action", "newcomers", {"value": came})
    return evidence(lab("capacity/blocked-loop"), logins + clicks, [newcomers])


def starving(run: Evidence, *noted: tuple[float, float]) -> Evidence:
    """The same run, in which the loop's thread had waited so long for a processor by then."""
    event = Event(5.2, "action", "loop", {"value": [list(each) for each in noted]})
    return replace(run, events=(*run.events, event))


HELD_UP = {
    "phase": "clicks",
    "logins": "nine",
    "newcomers": "newcomers",
    "calm": "early",
    "loop": "loop",
}


def test_a_click_is_held_up_when_it_takes_as_long_as_a_login() -> None:
    held_up = measures_of(lab("capacity/blocked-loop").path)["held_up"]

    quick, slow = (held_up(blocked_loop(click_s, 0.02), HELD_UP) for click_s in (0.02, 0.15))

    assert (quick.value, quick.samples) == (0.0, 14)
    assert (slow.value, slow.samples) == (1.0, 14)


def test_a_neighbour_of_the_logins_that_came_alone_makes_no_wait_look_short() -> None:
    held_up = measures_of(lab("capacity/blocked-loop").path)["held_up"]

    assert held_up(blocked_loop(0.25, 0.02, alone_s=1.0), HELD_UP).value == 1.0


@pytest.mark.parametrize(
    ("noted", "held"),
    [
        ([(0.0, 0.0), (3.0, 0.0), (4.0, 0.8), (6.0, 2.4)], 0.0),  # it had little of the machine
        ([(0.0, 0.0), (3.0, 0.5), (6.0, 0.5)], 1.0),  # before, not during
        ([], 1.0),  # the system does not tell
    ],
)
def test_what_the_machine_keeps_from_the_loop_holds_nobody_up(
    noted: list[tuple[float, float]], held: float
) -> None:
    held_up = measures_of(lab("capacity/blocked-loop").path)["held_up"]

    assert held_up(starving(blocked_loop(0.15, 0.15), *noted), HELD_UP).value == held


def test_who_moved_only_the_logins_is_seen_when_people_register() -> None:
    held_up = measures_of(lab("capacity/blocked-loop").path)["held_up"]

    assert held_up(blocked_loop(0.02, 0.15), HELD_UP).value == 1.0


def test_logins_are_misjudged_by_answer_and_by_what_is_stored() -> None:
    folder = lab("capacity/blocked-loop")
    requests = [
        asked("nine", 3, 1, name="login", body='{"access_token": "x"}'),
        asked("nine", 3, 1, name="login", body="{}"),  # let in, without a token
        asked("nine", 3, 1, name="login_wrong", status=401),
        asked("nine", 3, 1, name="login_wrong", status=503),
    ]
    stored = Event(7.0, "action", "costs", {"value": 3.0})  # hashes of another cost
    came = {"began_s": 5.0, "ended_s": 6.0, "statuses": [201, 503]}  # one could not register
    newcomers = Event(6.0, "action", "newcomers", {"value": came})

    found = measures_of(folder.path)["misjudged"](
        evidence(folder, requests, [newcomers, stored]),
        {"phase": "nine", "newcomers": "newcomers", "costs": "costs"},
    )

    assert found.value == 2 + 1 + 3


@pytest.mark.parametrize(("login_s", "hashes"), [(0.12, 1.2), (2.6, 26.0)])
def test_a_login_that_sleeps_is_no_yardstick(login_s, hashes) -> None:
    folder = lab("capacity/blocked-loop")
    requests = [asked("early", number, login_s, name="login") for number in (1, 2, 3)]
    requests.append(asked("early", 4, 9.0, name="login"))  # somebody else had the machine
    slowed = Event(0.6, "action", "hash", {"value": 0.9})  # and here
    hashed = Event(0.1, "action", "hash", {"value": 0.1})
    of = {"calm": "early", "hashed": "hash"}
    login_in_hashes = measures_of(folder.path)["login_in_hashes"]

    found = login_in_hashes(evidence(folder, requests, [hashed, slowed]), of)

    assert found.value == pytest.approx(hashes)
    assert found.samples == 4
    assert login_in_hashes(evidence(folder, requests, []), of).value is None


@pytest.mark.parametrize(
    ("change", "guessable"),
    [
        (lambda hashes: hashes, 0),
        (lambda hashes: hashes | {"newcomer-2@x": "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"}, 1),
        (lambda hashes: hashes | {"newcomer-1@x": hashes["member00@x"]}, 1),  # only the label fits
        (lambda hashes: hashes | {"member00@x": "no hash at all"}, 2),
    ],
)
def test_a_label_alone_makes_no_hash_dear(monkeypatch, change, guessable) -> None:
    _, actions = load_claims(lab("capacity/blocked-loop").path)
    cost = PasswordHasher(3, 16_384, 1)
    hashes = {
        "member00@x": cost.hash("correct horse battery staple"),
        "newcomer-1@x": cost.hash("a newcomer's password"),
    }

    async def stored(_stage):
        return change(hashes)

    monkeypatch.setitem(actions["guessable"].__globals__, "_stored", stored)

    assert actions["guessable"](None) == guessable


def test_an_answer_is_untrue_when_nobody_should_get_it_or_its_link_is_not_there() -> None:
    folder = lab("database/last-seat")
    requests = [
        asked("rush", 1, 1, status=201),
        asked("rush", 1, 1, status=403),
        asked("rush", 1, 1, status=500),
        asked("sale", 1, 1, status=201),
        asked("sale", 1, 1, status=403),  # the word is taken, not the plan full
    ]
    of = {"quota": ["rush"], "alias": ["sale"], "free": [], "made": "made"}
    untrue = measures_of(folder.path)["untrue_answers"]

    both = evidence(folder, requests, [Event(7.0, "action", "made", {"value": 2.0})])
    one_lost = evidence(folder, requests, [Event(7.0, "action", "made", {"value": 1.0})])

    assert untrue(both, of).value == 2
    assert untrue(one_lost, of).value == 3


def test_a_panel_is_empty_only_for_a_prometheus_that_looked(monkeypatch) -> None:
    _, own = load_claims(lab("observability/averages-lie").path)
    asking = own["ask_panels"]
    monkeypatch.setitem(asking.__globals__, "scrapes", lambda _url: 1)

    with pytest.raises(Outside, match="had not looked"):
        asking(SimpleNamespace(url=lambda _name: "http://127.0.0.1:1"), names=["overview.latency"])


class Warden:
    """Knows one process, and nothing else."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def status(self) -> dict[str, object]:
        return {"components": [{"name": "shortener-a", "pid": self._pid}]}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's account is Linux's")
@pytest.mark.parametrize(
    ("asks", "noted"),
    [("pass", True), ("os.nice(5)", False), ("os.sched_setscheduler(0, 5, sched)", False)],
)
def test_whoever_asks_to_come_last_waits_for_itself(asks: str, noted: bool) -> None:
    _, own = load_claims(lab("capacity/blocked-loop").path)
    loop = f"import os, sys; sched = os.sched_param(0); {asks}; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", loop], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it has asked
        stage = SimpleNamespace(warden=Warden(process.pid))
        seen = own["watch_loop"](stage, of="shortener-a", for_s=0.05)
        process.kill()

    assert bool(seen) is noted


def test_the_largest_crowd_is_counted_and_not_one_that_the_end_of_the_load_cut_short() -> None:
    slow_at_once = measures_of(lab("caching/stampede").path)["slow_at_once"]
    crowd = [asked("launch", 2.5 + n / 100, 0.2) for n in range(40)]
    cut_short = [asked("launch", 5.4 + n / 100, 0.2) for n in range(9)]
    quick = [asked("launch", n / 10, 0.01) for n in range(50)]

    seen = slow_at_once(
        evidence(lab("caching/stampede"), [*quick, *cut_short, *crowd], []),
        {"phase": "launch", "over_s": 0.1},
    )

    assert seen == Measured(40, 99)
