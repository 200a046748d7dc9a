"""What is typed after `lab chaos add` becomes a spec, or one sentence and a next command."""

import pytest

from chaos.faults import KINDS, parse
from chaos.proxy.toxics import TOXICS
from chaos.words import described
from labs.commands.chaos_words import possible, spec_from
from stack.trouble import Trouble

TYPED = [
    (
        "latency shortener-*.redis --latency 300 --jitter=20 --toxicity 0.5",
        {
            "kind": "toxic",
            "proxy": "shortener-*.redis",
            "toxic": {
                "type": "latency",
                "stream": "downstream",
                "toxicity": 0.5,
                "attributes": {"latency": 300, "jitter": 20},
            },
        },
    ),
    ("proxy-down shortener-a.redis", {"kind": "proxy_down", "proxy": "shortener-a.redis"}),
    ("lock_table links", {"kind": "lock_table", "table": "links"}),
    ("exhaust-connections --leave 2", {"kind": "exhaust_connections", "leave": 2}),
    ("redis-pause", {"kind": "redis_pause"}),
    ("redis-evict link:*", {"kind": "redis_evict", "pattern": "link:*"}),
    ("redis-evict", {"kind": "redis_evict"}),
    (
        "clock-skew shortener-b --offset -30",
        {"kind": "clock_skew", "process": "shortener-b", "offset_s": -30},
    ),
    (
        "partner --delay-ms 2000 --fail-ratio 0.5",
        {"kind": "partner", "control": {"delay_ms": 2000, "fail_ratio": 0.5}},
    ),
]


@pytest.mark.parametrize(("typed", "spec"), TYPED, ids=[typed for typed, _ in TYPED])
def test_words_become_a_spec(typed, spec):
    assert spec_from(typed.split(), upstream=False) == spec
    parse(spec)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Which fault?"),
        ("latncy x", "There is no fault 'latncy'; did you mean latency?"),
        ("proxy_dwn x", "There is no fault 'proxy_dwn'; did you mean proxy-down?"),
        ("toxic x", "There is no fault 'toxic'."),
        ("latency", "On which link? For example 'shortener-*.redis' for latency."),
        ("pause", "pause: which process?"),
        ("redis-pause now", "redis-pause takes no target ('now')."),
        ("latency a.b --latency", "--latency needs a value."),
        ("latency a.b 300", "'300' is not expected here: settings are --name value."),
        ("lock-table links;", "the fault 'lock_table': table String should match"),
        ("noop a.b --depth 3", "unknown attribute depth"),
    ],
)
def test_words_that_make_no_sense_are_answered_in_a_sentence(typed, said):
    with pytest.raises(Trouble) as trouble:
        spec_from(typed.split(), upstream=False)

    assert said in trouble.value.said
    assert trouble.value.try_next.startswith("./lab chaos")


def test_upstream_is_a_word_of_its_own():
    assert spec_from(["noop", "a.b"], upstream=True)["toxic"]["stream"] == "upstream"


def test_every_fault_there_is_can_be_found_in_the_list():
    names = {one.name.replace("-", "_") for one in possible()}

    assert names == set(TOXICS) | set(KINDS) - {"toxic"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            "latency a.redis --latency 300 --toxicity 0.5",
            "latency on a.redis (latency=300, stream=downstream, toxicity=0.5)",
        ),
        ("lock-table links", "lock-table on links"),
        ("redis-pause", "redis-pause"),
        ("exhaust-connections --leave 2", "exhaust-connections (leave=2)"),
        ("partner --delay-ms 9", "partner (control={'delay_ms': 9})"),
    ],
)
def test_a_spec_is_shown_in_words(typed, words):
    assert described(spec_from(typed.split(), upstream=False)) == words
