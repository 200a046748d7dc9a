"""Bad input: one sentence, the next command, exit code 2; never a traceback."""

import pytest

pytestmark = pytest.mark.e2e

BAD = {
    "a misspelt lab": (["start", "stampedo"], "stampede"),
    "a verb without a lab in hand": (["check"], "./lab"),
    "a fault that does not exist": (["chaos", "add", "gremlins"], "./lab"),
    "a proof of nothing": (["verify"], "Which lab?"),
}


@pytest.mark.parametrize("case", BAD)
def test_it_is_answered_with_a_sentence_and_the_next_command(lab, case):
    words, told = BAD[case]

    done = lab(*words)

    said = done.stderr + done.stdout
    assert done.returncode == 2, said
    assert "Traceback" not in said
    assert told in said
