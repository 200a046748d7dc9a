"""Specs become faults, or one sentence about what is wrong with them."""

import pytest
from pydantic import ValidationError

from chaos.faults import KINDS, BadFault, parse

GOOD = [
    {
        "kind": "toxic",
        "proxy": "shortener-a.postgres",
        "toxic": {
            "type": "latency",
            "stream": "downstream",
            "toxicity": 1.0,
            "attributes": {"latency": 200, "jitter": 0},
        },
    },
    {"kind": "proxy_down", "proxy": "shortener-*.redis"},
    {"kind": "pause", "process": "shortener-a"},
    {"kind": "kill", "process": "shortener-a"},
    {"kind": "restart", "process": "shortener-a"},
    {"kind": "disk_full", "process": "postgres", "leave_bytes": 0},
    {"kind": "lock_table", "table": "links"},
    {"kind": "exhaust_connections", "leave": 2},
    {"kind": "terminate_backends", "application": "shortener-a"},
    {"kind": "redis_pause"},
    {"kind": "redis_evict", "pattern": "link:*"},
    {"kind": "clock_skew", "process": "shortener-b", "offset_s": 30},
    {"kind": "partner", "control": {"delay_ms": 300}},
]


def test_every_kind_has_an_example_here():
    assert {spec["kind"] for spec in GOOD} == set(KINDS)


@pytest.mark.parametrize("spec", GOOD, ids=lambda spec: spec["kind"])
def test_a_spec_becomes_a_frozen_fault_and_json_again(spec):
    fault = parse(spec)

    assert fault.model_dump() == spec
    with pytest.raises(ValidationError, match="frozen"):
        fault.kind = "other"


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("toxic", "a fault is a JSON object with the field `kind`"),
        ({"kind": "flood"}, "there is no fault 'flood'; there are: clock_skew, "),
        ({"kind": ["pause"]}, "there is no fault ['pause']"),
        ({"kind": "pause"}, "the fault 'pause': process Field required"),
        ({"kind": "pause", "process": "a", "for": 3}, "for is not a field of this fault"),
        ({"kind": "lock_table", "table": "links; DROP"}, "table String should match"),
        (
            {"kind": "toxic", "proxy": "a", "toxic": {"type": "late"}},
            "toxic.type is none of noop, latency",
        ),
        (
            {"kind": "toxic", "proxy": "a", "toxic": {"type": "noop", "attributes": {"x": 1}}},
            "unknown attribute x",
        ),
    ],
)
def test_a_wrong_spec_is_refused_in_a_sentence(spec, sentence):
    with pytest.raises(BadFault) as refused:
        parse(spec)

    assert sentence in str(refused.value)
