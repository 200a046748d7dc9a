"""Workspaces that cheat are rejected by the real grader: two with each change, in turn.

All of them are `./lab verify --all --cheats`, by hand before a release.
"""

import pytest
from e2e.starved import without_a_verdict
from e2e.turns import turn

from labs.cheats.suite import cheats_of
from labs.engine.catalogue import all_labs

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


@pytest.mark.parametrize("which", [0, 1])
def test_a_cheat_is_rejected_with_what_it_gave_up(lab, which):
    every = [(folder, cheat.name) for folder in all_labs() for cheat in cheats_of(folder)]
    folder, name = every[(turn() * 2 + which) * 7 % len(every)]  # 7: the next is of another lab

    found = lab.answer("verify", folder.lab.slug, "--cheats", "--cheat", name, within_s=380)

    (row,) = found["rows"]
    if row["verdict"] == "INCONCLUSIVE":
        without_a_verdict(f"{folder.lab.slug}, {name}: {row['why']}")
    assert found["disagreements"] == []
    assert row["verdict"] == "FAIL"
    assert row["sentence"]
