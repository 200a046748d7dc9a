from dataclasses import replace

import pytest

from labs.engine.next_step import Place, next_step

FRESH = Place(first_lab=1)
STARTED = replace(FRESH, number=7, workspace=True, unasked_break=True, unasked_check=True)
SEEN = replace(STARTED, broken=True, unasked_break=False)
EDITED = replace(SEEN, changed=True)


@pytest.mark.parametrize(
    ("place", "command"),
    [
        (FRESH, "./lab start 01"),
        (replace(STARTED, workspace=False), "./lab start 07"),
        (STARTED, "./lab predict"),
        (replace(STARTED, unasked_break=False), "./lab break"),
        (replace(SEEN, undiagnosed=True), "./lab diagnose"),
        (SEEN, "./lab break --hold"),
        (replace(SEEN, looked=True), "./lab watch"),
        (EDITED, "./lab predict"),
        (replace(EDITED, unasked_check=False), "./lab check"),
        (replace(EDITED, fails=1, fails_since_hint=1), "./lab watch"),
        (replace(EDITED, fails=2, fails_since_hint=2), "./lab hint"),
        (replace(EDITED, fails=2, fails_since_hint=2, hints_left=0), "./lab watch"),
        (replace(EDITED, solved=True, debriefed=False), "./lab debrief"),
        (replace(EDITED, solved=True), "./lab next"),
    ],
)
def test_there_is_always_one_command_to_type_next(place, command):
    assert next_step(place) == command
