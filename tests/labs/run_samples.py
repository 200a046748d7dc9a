"""Run folders like real ones: a hot link that expires every two seconds, made by a seed."""

import json
import random
from pathlib import Path

T0 = 1_700_000_000.0
LENGTH_S = 11.0
RPS = 350
READ_S = 0.25
EXPIRIES_S = (2.5, 4.5, 6.5)
DISTANCE = {
    "kind": "toxic",
    "proxy": "shortener-*.postgres",
    "toxic": {"type": "latency", "stream": "downstream", "attributes": {"latency": 250}},
}
CLAIMS = (
    ("loads", "the database sees few reads per expiry", 87.0, 2.0, "at most 14", "reads"),
    ("fresh", "a correction is seen within a second", 0.0, 0.0, "0", "old answers"),
    ("stuck", "nobody waits over two seconds when a loader dies", 0.0, 0.0, "0", "requests"),
    ("parallel", "fifty cold links load side by side", 21.0, 24.0, "at least 5", "reads at once"),
    ("served", "redirects that were answered well", 1.0, 1.0, "at least 0.99", ""),
)


def write_run(folder: Path, *, repaired: bool, seed: int = 7, rps: int = RPS) -> Path:
    """Write a whole run folder; the bug (not `repaired`) lets everyone load after an expiry."""
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    _dump(folder / "plan.json", _plan(rps))
    requests, spans = _traffic(rng, repaired, rps)
    summary = {"planned": len(requests), "sent": len(requests), "answered": len(requests)}
    _lines(folder / "requests.jsonl", [*requests, {"summary": summary}])
    _lines(folder / "spans.jsonl", spans)
    _lines(folder / "events.jsonl", _events())
    _lines(folder / "samples.jsonl", _samples(rng, repaired))
    _dump(folder / "verdict.json", _verdict(repaired))
    return folder


def _plan(rps):
    steady = {"kind": "steady", "rps": rps}
    phases = [
        {"name": "launch", "start_s": 0.5, "duration_s": 7.5, "shape": steady, "user": "visitor"},
        {
            "name": "newsletter",
            "start_s": 8.5,
            "duration_s": 1.5,
            "shape": {"kind": "burst", "count": 50},
            "user": "visitor",
        },
    ]
    return {"t0": T0, "length_s": LENGTH_S, "seed": 1, "phases": phases, "base_url": "http://x"}


def _traffic(rng, repaired, rps):
    requests, spans = [], []
    planned = [0.5 + n / rps for n in range(int(7.5 * rps))] + [8.5 + n / 400 for n in range(50)]
    for n, at_s in enumerate(planned):
        cold = at_s >= 8.5
        code = f"news{n % 50:03}" if cold else "launch"
        expiry = next((e for e in EXPIRIES_S if e <= at_s < e + READ_S), None)
        loads = cold or (expiry is not None and (not repaired or at_s - expiry < 1.5 / rps))
        waits = expiry is not None and repaired and not loads
        took_s = rng.gammavariate(3, 0.0012)
        if loads:
            took_s += READ_S + rng.gammavariate(2, 0.08 if not repaired and not cold else 0.004)
        elif waits:
            took_s += expiry + READ_S - at_s
        trace_id = f"{rng.getrandbits(128):032x}"
        requests.append(_request(n, code, at_s, took_s, trace_id))
        spans.extend(_spans(rng, trace_id, at_s, took_s, loads=loads, waits=waits))
    return requests, spans


def _request(n, code, at_s, took_s, trace_id):
    return {
        "n": n,
        "phase": "launch" if code == "launch" else "newsletter",
        "name": "GET /{code}",
        "method": "GET",
        "path": f"/{code}",
        "planned_s": T0 + at_s,
        "sent_s": T0 + at_s + 0.0004,
        "done_s": T0 + at_s + took_s,
        "status": 302,
        "location": "https://example.com/launch",
        "error": None,
        "bytes": 180,
        "trace_id": trace_id,
    }


def _spans(rng, trace_id, at_s, took_s, *, loads, waits):
    instance = rng.choice(["shortener-a", "shortener-b"])
    ids = iter([f"{rng.getrandbits(64):016x}" for _ in range(6)])
    start_s, end_s = T0 + at_s + 0.0006, T0 + at_s + took_s - 0.0003

    def span(name, parent, from_s, to_s, **attributes):
        return {
            "trace_id": trace_id,
            "span_id": next(ids),
            "parent_id": parent,
            "service": "shortener",
            "instance": instance,
            "name": name,
            "kind": "internal",
            "start_s": round(from_s, 6),
            "end_s": round(to_s, 6),
            "status": "unset",
            "attributes": attributes,
        }

    root = span("GET /{code}", "f" * 16, start_s, end_s, **{"http.response.status_code": 302})
    top = root["span_id"]
    made = [root, span("redis GET", top, start_s + 0.0002, start_s + 0.0011)]
    if waits:
        made.append(span("cache wait for the loader", top, start_s + 0.0012, end_s - 0.0002))
    if loads:
        has_s = end_s - READ_S - 0.004
        sql = "SELECT id, url, expires_at, version FROM links WHERE code_key = $1"
        made.append(span("pool acquire", top, start_s + 0.0012, max(start_s + 0.0014, has_s)))
        query = {"db.system": "postgresql", "db.query.text": sql}
        read = span(
            "postgres SELECT links", top, max(start_s + 0.0014, has_s), end_s - 0.002, **query
        )
        made += [read, span("redis SET", top, end_s - 0.0018, end_s - 0.0006)]
    return made


def _events():
    def event(at_s, kind, name, says=""):
        return {"at_s": T0 + at_s, "kind": kind, "name": name, "says": says}

    return [
        event(0.0, "fault_on", "distance") | {"spec": DISTANCE},
        event(0.5, "phase", "launch"),
        event(3.4, "action", "correction", "the back office corrects a destination"),
        event(6.6, "fault_on", "kill", "shortener-b is killed while it loads"),
        event(7.4, "fault_off", "kill"),
        event(8.5, "phase", "newsletter"),
        event(10.6, "fault_off", "distance"),
    ]


def _samples(rng, repaired):
    select, update = "SELECT id, url, version FROM links WHERE code_key = $1", "UPDATE links SET"
    made = [{"statements": {"11": select, "12": update, "13": "BEGIN"}}]
    reads = 0.0
    for tick in range(int(LENGTH_S * 20)):
        at_s = tick / 20
        busy = 1 if rng.random() < 0.15 else 0
        if any(e <= at_s < e + READ_S for e in EXPIRIES_S):
            reads += 0.4 if repaired else 17
            busy = 2 if repaired else 20
        if 8.5 <= at_s < 8.9:
            reads, busy = reads + 6, 20
        calls = {"11": round(reads), "12": int(at_s > 3.4), "13": tick}
        half = busy // 2
        made.append(
            {
                "at_s": T0 + at_s,
                "calls": calls,
                "active": {"shortener-a": half, "shortener-b": busy - half},
                "connections": {"shortener-a": 10, "shortener-b": 10},
                "waiting": 0,
            }
        )
    return made


def _verdict(repaired):
    claims = []
    for claim_id, says, broken, right, needed, unit in CLAIMS:
        measured = right if repaired else broken
        claims.append(
            {
                "id": claim_id,
                "says": says,
                "measured": measured,
                "needed": needed,
                "unit": unit,
                "ok": repaired or claim_id != "loads",
                "felt": "each expiry sent 87 identical reads" if claim_id == "loads" else "",
            }
        )
    return {
        "lab": "stampede",
        "variant": "right/lease" if repaired else "bug",
        "verdict": "PASS" if repaired else "FAIL",
        "claims": claims,
        "why": "",
        "code": "3f9ac04b77e1" if repaired else "b01dfacec0de",
        "started_at": "2026-11-20T22:00:00Z",
        "seconds": 11.8,
    }


def _dump(path: Path, document) -> None:
    path.write_text(json.dumps(document))


def _lines(path: Path, objects) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in objects))
