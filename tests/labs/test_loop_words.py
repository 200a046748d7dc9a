import re

import pytest

from labs.loop import words
from stack.trouble import Trouble

# design.md, section 6
DESIGN = """steady state, blast radius, knee, goodput, offered load, saturation, toxic,
upstream/downstream, outbox, relay, dead letter, idempotent consumer, token bucket, single-flight,
stampede, bulkhead, breaker, closed, open, half-open, retry budget, load shedding, error budget,
burn rate"""


@pytest.mark.parametrize("word", [" ".join(word.split()) for word in DESIGN.split(",")])
def test_every_word_of_the_design_has_one_plain_sentence(word):
    found, exact = words.find(word)

    assert exact
    assert found.says.endswith(".")
    assert len(re.findall(r"[.!?](?:\s|$)", found.says)) == 1


def test_a_misspelt_word_is_answered_with_the_nearest():
    assert words.find("kne")[0].name == "knee"
    assert words.find("Single Flight") == (words.find("single-flight")[0], True)
    assert words.find("bulkhaed") == (words.find("bulkhead")[0], False)


def test_what_is_no_word_here_is_said():
    with pytest.raises(Trouble, match="no word 'zebra crossing'"):
        words.find("zebra crossing")


def test_words_stand_once_and_point_to_words_that_stand_here():
    every = words.every()
    names = [name for word in every for name in (word.name, *word.also)]

    assert len(names) == len(set(names))
    assert {name for word in every for name in word.see} <= set(names)
