import pytest

from labs.engine.alone import alone_on
from stack.home import Home
from stack.trouble import Trouble


def test_a_second_run_on_the_same_stack_is_refused(tmp_path):
    with (
        alone_on(Home(tmp_path)),
        pytest.raises(Trouble, match="Another run"),
        alone_on(Home(tmp_path), patience_s=0),
    ):
        pass


def test_the_stage_is_free_again_when_a_run_has_ended_however_it_ended(tmp_path):
    with pytest.raises(RuntimeError), alone_on(Home(tmp_path)):
        raise RuntimeError

    with alone_on(Home(tmp_path), patience_s=0):
        pass


def test_another_home_is_another_stage(tmp_path):
    with alone_on(Home(tmp_path / "one")), alone_on(Home(tmp_path / "two"), patience_s=0):
        pass
