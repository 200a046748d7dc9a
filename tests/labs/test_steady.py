"""Before any load: who fails once gets another start, who fails twice is refused."""

import tomllib

import pytest
from lab_samples import LAB_TOML

from labs.engine.model import Lab
from labs.engine.probes import Refused
from labs.engine.steady import reach

LAB = Lab.model_validate(tomllib.loads(LAB_TOML))


class Service:
    """Stands for the probes and for the warden: fails as often as it is told to."""

    def __init__(self, fails):
        self.fails, self.done = fails, []

    def prepare(self):
        self.done.append("prepare")
        if self.done.count("prepare") <= self.fails:
            raise Refused("login answered 503, before any load")

    def process(self, name, verb):
        self.done.append(f"{verb} {name}")

    def reset(self, seed):
        self.done.append(f"reset {seed}")


def reached(fails):
    service = Service(fails)
    reach(LAB, service, service, lambda _name: "", "SEED")
    return service.done


def test_what_works_is_not_started_again():
    assert reached(0) == ["prepare"]


def test_who_fails_once_gets_another_start_on_a_fresh_state():
    restarts = ["restart shortener-a", "restart shortener-b"]

    assert reached(1) == ["prepare", *restarts, "reset SEED", "prepare"]


def test_who_fails_again_is_refused():
    with pytest.raises(Refused, match="login answered 503"):
        reached(2)
