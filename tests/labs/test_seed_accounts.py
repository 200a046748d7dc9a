"""Accounts of the seed: many of one kind, hashed at the cost that the deployment pays."""

import re
import tomllib

from argon2 import extract_parameters

from labs.engine.model import Lab
from labs.engine.plan import plan_of
from labs.engine.seed import seed_sql
from tests.labs.lab_samples import LAB_TOML

MEMBERS = """
[[seed.account]]
email = "member{n:02}@shortcircuit.example"
password = "sesame, open"
count = 3

[[load]]
name = "nine"
start_s = 0
duration_s = 1
shape = { kind = "burst", count = 3 }
user = "login"
args = { accounts = [{ email = "member{n:02}@shortcircuit.example", token = "-" }] }
"""


def lab_of(text: str, **scale: int) -> Lab:
    raw = tomllib.loads(text)
    raw["scale"] |= scale
    return Lab.model_validate(raw)


def test_a_load_gets_every_account_that_the_seed_made_with_its_password() -> None:
    plan = plan_of(lab_of(LAB_TOML + MEMBERS), lambda name: f"http://{name}")

    accounts = plan["phases"][-1]["args"]["accounts"]

    assert [one["email"] for one in accounts] == [
        f"member0{n}@shortcircuit.example" for n in range(3)
    ]
    assert {one["password"] for one in accounts} == {"sesame, open"}
    assert {one["token"] for one in accounts} == {"-"}


def test_an_account_that_the_seed_does_not_know_stays_as_it_is() -> None:
    text = (LAB_TOML + MEMBERS).replace(
        'accounts = [{ email = "member{n:02}@', 'accounts = [{ email = "stranger@'
    )

    plan = plan_of(lab_of(text), lambda name: f"http://{name}")

    stranger = {"email": "stranger@shortcircuit.example", "token": "-"}
    assert plan["phases"][-1]["args"]["accounts"] == [stranger]


def test_hashes_of_the_seed_cost_what_the_deployment_says() -> None:
    cheap = lab_of(
        LAB_TOML + MEMBERS,
        SHORTENER_PASSWORD_TIME_COST=2,
        SHORTENER_PASSWORD_MEMORY_KIB=64,
        SHORTENER_PASSWORD_PARALLELISM=1,
    )

    found = re.findall(r"'(\$argon2id\$[^']+)'", seed_sql(cheap))

    costs = [extract_parameters(one) for one in found]
    assert {(c.time_cost, c.memory_cost, c.parallelism) for c in costs} == {(2, 64, 1)}
    assert "generate_series(0, 2)" in seed_sql(cheap)
