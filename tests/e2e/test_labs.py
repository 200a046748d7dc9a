"""Every lab, proven by the real grader: the reference, the bug, and one wrong repair in turn.

All variants of all labs are `./lab verify --all`; here each change tries another wrong repair.
"""

import subprocess

import pytest

from labs.engine.catalogue import CHECKOUT, all_labs

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def turn() -> int:
    """A number that every commit moves, so that the wrong repairs take turns."""
    counted = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return int(counted.stdout or 0)


@pytest.mark.parametrize("folder", all_labs(), ids=lambda folder: folder.lab.slug)
def test_the_grader_tells_right_from_wrong(folder, lab):
    wrong = sorted(name for name in folder.variants() if name.startswith("wrong/"))
    chosen = ["reference", "bug", wrong[turn() % len(wrong)]]
    options = [word for variant in chosen for word in ("--variant", variant)]

    table = lab.answer("verify", folder.lab.slug, *options, within_s=580)
    if table["mismatches"]:  # on a shared machine: once is a row to look at, twice is a defect
        table = lab.answer("verify", folder.lab.slug, *options, within_s=580)

    assert table["disagreements"] == []
    assert table["mismatches"] == 0
