from pathlib import Path

import pytest

from labs.engine.actions import ACTIONS
from labs.engine.catalogue import CHECKOUT
from labs.engine.guards import GUARDS
from labs.engine.measures import BUILT_IN
from labs.engine.model import Lab

ENGINE = CHECKOUT / "labs" / "engine"
TEXT = (ENGINE / "README.md").read_text()
WORDS = [*ACTIONS, *BUILT_IN, *(guard.id for guard in GUARDS)]


@pytest.mark.parametrize("word", WORDS)
def test_every_action_measure_and_guard_is_in_the_readme(word):
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("path", sorted(ENGINE.glob("[a-z]*.py")), ids=lambda path: path.name)
def test_every_module_is_in_the_readme(path: Path):
    assert f"`{path.name}`" in TEXT or f"{path.name}`" in TEXT


def test_every_key_of_a_lab_is_in_the_room_s_readme():
    room = (CHECKOUT / "labs" / "README.md").read_text()

    assert [key for key in Lab.model_fields if key not in room] == []
