"""The measures that labs bring along, on evidence written by hand."""

from pathlib import Path

from labs.engine.catalogue import CATALOGUE, LabFolder
from labs.engine.evidence import Event, Evidence, Request
from labs.engine.measures import measures_of


def lab(name: str) -> LabFolder:
    return LabFolder(CATALOGUE / name)


def asked(
    phase: str, at_s: float, took_s: float, *, status: int = 200, name: str = "", body: str = ""
) -> Request:
    done_s = at_s + took_s
    return Request(phase, name, "GET", "/", at_s, at_s, done_s, status, body=body)


def evidence(folder: LabFolder, requests: list[Request], events: list[Event]) -> Evidence:
    return Evidence(folder.lab, Path("nowhere"), tuple(requests), events=tuple(events))


def blocked_loop(click_s: float) -> Evidence:
    """Five logins of 0.1 s alone, then ten at once for a second, with clicks before and during."""
    logins = [asked("early", n / 2, 0.1) for n in range(5)]
    logins += [asked("nine", 3.0, 0.1 * (n + 1)) for n in range(10)]
    clicks = [asked("clicks", 2.0, 9.0, status=302)]  # before the logins: not counted
    clicks += [asked("clicks", 3.0 + n / 10, click_s, status=302) for n in range(10)]
    return evidence(lab("capacity/blocked-loop"), logins + clicks, [])


def test_a_click_is_held_up_when_it_takes_as_long_as_a_login() -> None:
    held_up = measures_of(lab("capacity/blocked-loop").path)["held_up"]
    of = {"phase": "clicks", "logins": "nine", "calm": "early"}

    quick, slow = held_up(blocked_loop(0.02), of), held_up(blocked_loop(0.15), of)

    assert (quick.value, quick.samples) == (0.0, 10)
    assert (slow.value, slow.samples) == (1.0, 10)


def test_logins_are_misjudged_by_answer_and_by_what_is_stored() -> None:
    folder = lab("capacity/blocked-loop")
    requests = [
        asked("nine", 3, 1, name="login", body='{"access_token": "x"}'),
        asked("nine", 3, 1, name="login", body="{}"),  # let in, without a token
        asked("nine", 3, 1, name="login_wrong", status=401),
        asked("nine", 3, 1, name="login_wrong", status=503),
    ]
    stored = Event(7.0, "action", "costs", {"value": 3.0})  # hashes of another cost

    found = measures_of(folder.path)["misjudged"](
        evidence(folder, requests, [stored]), {"phase": "nine", "costs": "costs"}
    )

    assert found.value == 2 + 3


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
