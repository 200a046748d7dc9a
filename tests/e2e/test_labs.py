"""Every lab, proven by the real grader: the reference, the bug, and one wrong repair in turn.

All variants of all labs are `./lab verify --all`; here each change tries another wrong repair, and
the labs whose own files it touches in full. One wrong verdict fails at once. What a busy machine
spoils is INCONCLUSIVE, and `verify` has made that run a second time by itself.
"""

import pytest
from e2e.starved import without_a_verdict
from e2e.turns import changed, chosen, touched, turn

from labs.engine.catalogue import all_labs
from labs.engine.verify import UNJUDGED

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SLUGS = [folder.lab.slug for folder in all_labs()]


@pytest.mark.parametrize("folder", all_labs(), ids=lambda folder: folder.lab.slug)
def test_the_grader_tells_right_from_wrong(folder, lab):
    number = turn()
    full = folder.lab.slug in touched(SLUGS, changed(), number)
    variants = chosen(list(folder.variants()), number, full=full)
    options = [word for variant in variants for word in ("--variant", variant)]

    table = lab.answer("verify", folder.lab.slug, *options, within_s=580)

    unjudged = [said for said in table["disagreements"] if UNJUDGED in said]
    assert [said for said in table["disagreements"] if said not in unjudged] == []
    assert table["mismatches"] == len(unjudged)
    if unjudged:
        why = next(row["why"] for row in table["rows"] if row["verdict"] == "INCONCLUSIVE")
        without_a_verdict(f"{unjudged[0]}: {why}")
