"""The room's README names everything that is there, and its specs are real."""

import json
import re
from pathlib import Path

import pytest

from chaos.faults import KINDS, parse
from chaos.proxy.toxics import TOXICS, attributes

README = (Path(__file__).parents[2] / "chaos" / "README.md").read_text(encoding="utf-8")
SPECS = re.findall(r"^\| `(\{.*?\})` \|", README, re.MULTILINE)


@pytest.mark.parametrize("kind", sorted(TOXICS))
def test_every_toxic_has_a_row_with_its_attributes(kind):
    (row,) = re.findall(rf"^\| {kind} \|.*$", README, re.MULTILINE)

    assert all(f"`{name}`" in row for name in attributes(TOXICS[kind]()))


def test_every_kind_of_fault_has_a_row_with_a_spec_that_parses():
    assert [parse(json.loads(spec)).kind for spec in SPECS] == list(KINDS)
