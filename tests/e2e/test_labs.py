"""Every lab, proven by the real grader: the reference, the bug, and one wrong repair in turn.

All variants of all labs are `./lab verify --all`; here each change tries another wrong repair, and
the labs whose own files it touches in full. One mismatch fails at once: what a busy machine spoils
is INCONCLUSIVE, and `verify` has made that run a second time by itself.
"""

import pytest
from e2e.turns import changed, chosen, touched, turn

from labs.engine.catalogue import all_labs

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SLUGS = [folder.lab.slug for folder in all_labs()]


@pytest.mark.parametrize("folder", all_labs(), ids=lambda folder: folder.lab.slug)
def test_the_grader_tells_right_from_wrong(folder, lab):
    number = turn()
    full = folder.lab.slug in touched(SLUGS, changed(), number)
    variants = chosen(list(folder.variants()), number, full=full)
    options = [word for variant in variants for word in ("--variant", variant)]

    table = lab.answer("verify", folder.lab.slug, *options, within_s=580)

    assert table["disagreements"] == []
    assert table["mismatches"] == 0
