"""A cheat that gets through is a hole; one that is rejected must be told what it gave up."""

from labs.cheats.suite import Cheat
from labs.cheats.table import Caught, given_up, mismatch, summed, table
from labs.engine.results import Result

NO_AUTH = Cheat("no_auth", "let anybody in", lambda _root, _folder: None, ("guard.auth",))
SLEEP = Cheat("sleep", "sleep", lambda _root, _folder: None)


def row(cheat=NO_AUTH, verdict="FAIL", broken=("loads", "guard.auth"), sentence="given up"):
    return Caught(cheat.name, cheat.says, verdict, broken, sentence, 9.0)


def broken(name, traded="", felt=""):
    return Result(name, f"{name} holds", 1.0, "0", "", ok=False, felt=felt, traded=traded)


def test_a_cheat_that_is_rejected_by_what_is_meant_for_it_is_as_it_must_be():
    assert mismatch(NO_AUTH, row()) == ""


def test_a_cheat_that_passes_is_a_hole():
    assert "PASS, and must be rejected" in mismatch(NO_AUTH, row(verdict="PASS", broken=()))


def test_rejected_by_the_bug_alone_proves_nothing_about_the_guard():
    assert "rejected by loads, not by guard.auth" in mismatch(NO_AUTH, row(broken=("loads",)))


def test_where_no_guard_is_meant_whatever_rejects_it_does():
    assert mismatch(SLEEP, row(SLEEP, broken=("loads",))) == ""


def test_a_rejection_without_a_word_is_not_enough():
    assert "not a word why" in mismatch(NO_AUTH, row(sentence=""))


def test_the_sentence_is_that_of_the_guard_that_is_meant():
    both = [broken("loads", "the database"), broken("guard.auth", "authentication was given up")]

    assert given_up(NO_AUTH, both) == "authentication was given up"
    assert given_up(SLEEP, both) == "the database"
    assert given_up(SLEEP, [broken("loads", felt="people waited")]) == "people waited"
    assert given_up(SLEEP, []) == ""


def test_what_nobody_could_judge_and_what_was_not_run_are_no_agreement():
    found = table("stampede", [NO_AUTH, SLEEP], [row(verdict="INCONCLUSIVE", broken=())])

    assert found["mismatches"] == 2
    assert found["inconclusive"] == 1
    assert "sleep: not run" in found["disagreements"]


def test_the_sum_adds_the_labs_up():
    one = table("stampede", [NO_AUTH], [row()])

    assert summed([one, one])["rejected"] == 2
    assert summed([one, one])["mismatches"] == 0
