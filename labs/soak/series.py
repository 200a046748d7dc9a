"""Many schedules in a row, and from each that fails the way back to it."""

from collections.abc import Iterator, Sequence
from typing import Any

from labs.soak.run import Outcome, perform
from labs.soak.schedule import Schedule, draw
from labs.soak.shrink import shrink as smallest
from stack.home import Home
from stack.kafka_choice import ensure
from stack.trouble import Trouble

Row = dict[str, Any]


def soak(
    home: Home, first_seed: int, count: int, blows: Sequence[int] | None, *, shrink: bool
) -> Iterator[Row]:
    """Run schedules, one row each; a failing one is shrunk before its row is given."""
    real_kafka = ensure(home, lambda _: None).is_apache
    for seed in range(first_seed, first_seed + count):
        schedule = draw(seed, real_kafka=real_kafka)
        numbers = _checked(schedule, blows)
        outcome = perform(home, schedule.part(numbers))
        yield _row(home, schedule, numbers, outcome, shrink=shrink)


def _checked(schedule: Schedule, blows: Sequence[int] | None) -> tuple[int, ...]:
    every = tuple(range(len(schedule.blows)))
    if blows is None:
        return every
    if not set(blows) <= set(every):
        said = f"Schedule {schedule.seed} has the blows {', '.join(map(str, every))}."
        raise Trouble(said, f"./lab soak --seed {schedule.seed} --schedules 1")
    return tuple(blows)


def _row(
    home: Home, schedule: Schedule, numbers: tuple[int, ...], outcome: Outcome, *, shrink: bool
) -> Row:
    row = outcome.as_json()
    if not outcome.violations:
        return row
    if shrink:
        numbers = smallest(
            numbers, lambda part: bool(perform(home, schedule.part(part)).violations)
        )
    chosen = ",".join(map(str, numbers)) or "none"
    row["smallest"] = [str(schedule.blows[number]) for number in numbers]
    row["replay"] = f"./lab soak --seed {schedule.seed} --schedules 1 --blows {chosen}"
    return row


def summed(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the one object that `lab soak --json` prints."""
    recovered = [row["recovered_s"] for row in rows if row["recovered_s"] is not None]
    return {
        "schedules": len(rows),
        "violated": sum(bool(row["violations"]) for row in rows),
        "inconclusive": sum(bool(row["inconclusive"]) for row in rows),
        "violations": [
            {"seed": row["seed"], "said": said, "replay": row.get("replay", "")}
            for row in rows
            for said in row["violations"]
        ],
        "acknowledged": sum(row["acknowledged"] for row in rows),
        "uncertain": sum(row["uncertain"] for row in rows),
        "events": sum(row["events"] for row in rows),
        "redirected": sum(row["redirected"] for row in rows),
        "slowest_recovery_s": max(recovered, default=None),
        "rows": list(rows),
    }
