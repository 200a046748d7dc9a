"""The whole stack over real servers, with stand-ins for the services."""

import json
import os
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from stack.home import LOOPBACK, Home
from stack.trouble import Trouble
from stack.warden.client import DoesNotStart, Warden
from stack.warden.sweep import left_behind

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]
FAKE = Path(__file__).parent / "fake"


@pytest.fixture(scope="module")
def warden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warden]:
    """One stack for this module; each test brings up what it needs."""
    own = Warden(Home(tmp_path_factory.mktemp("home")))
    yield own
    own.down()
    assert left_behind(own.home) == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace of this test's own."""
    shutil.copytree(FAKE, tmp_path / "workspace")
    return tmp_path / "workspace"


def parts(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in status["components"]}


def page(warden: Warden, name: str, path: str) -> Any:
    with urllib.request.urlopen(warden.home.url(name) + path, timeout=5) as answer:
        return json.load(answer)


def wait_for(condition: Callable[[], bool], within_s: float = 10.0) -> float:
    started_s = time.monotonic()
    while not condition():
        if time.monotonic() - started_s > within_s:
            raise AssertionError("it did not happen")
        time.sleep(0.02)
    return time.monotonic() - started_s


async def links(warden: Warden) -> int:
    connection = await asyncpg.connect(warden.home.dsn())
    try:
        return int(await connection.fetchval("SELECT count(*) FROM links"))
    finally:
        await connection.close()


def test_up_starts_what_is_needed_and_nothing_else(warden: Warden, root: Path) -> None:
    status = warden.up(["redis"], root)

    assert set(parts(status)) == {"redis"}

    status = warden.up(["edge"], root)

    expected = {"postgres", "redis", "proxy", "sink", "partner", "shortener-a", "shortener-b"}
    assert set(parts(status)) == expected | {"edge"}
    assert {part["state"] for part in status["components"]} == {"ready"}
    assert page(warden, "edge", "/livez")["status"] == "pass"


def test_up_when_up_is_instant_and_restarts_nothing(warden: Warden, root: Path) -> None:
    before = parts(warden.up(["edge"], root))

    started_s = time.monotonic()
    after = parts(warden.up(["edge"], root))

    assert time.monotonic() - started_s < 1.0
    assert {n: p["pid"] for n, p in before.items()} == {n: p["pid"] for n, p in after.items()}


def test_the_edge_goes_with_the_services_that_it_stands_before(warden: Warden, root: Path) -> None:
    warden.up(["edge"], root)

    status = warden.up(["postgres", "redis"], root)

    assert not {"edge", "shortener-a", "shortener-b"} & set(parts(status))
    warden.reset("")  # waits until everything that is there is ready


def test_changed_code_restarts_the_services_and_leaves_the_servers_alone(
    warden: Warden, root: Path
) -> None:
    before = parts(warden.up(["edge"], root))
    (root / "services" / "shortener" / "__init__.py").write_text("# another version\n")

    after = parts(warden.up(["edge"], root))

    changed = {name for name in after if before[name]["pid"] != after[name]["pid"]}
    assert changed == {"shortener-a", "shortener-b"}


def test_the_scale_reaches_the_service_that_it_names_and_deploy_env_yields_to_it(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root, scale={"CACHE_TTL_S": 2, "RELAY_BATCH": 5})

    told = page(warden, "shortener-a", "/environ")
    assert told["SHORTENER_CACHE_TTL_S"] == "2"
    assert told["SHORTENER_POOL_SIZE"] == "7"
    assert "RELAY_BATCH" not in told


def test_a_service_sees_its_dependencies_only_through_the_fault_proxy(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)
    direct = {str(warden.home.port(name)) for name in ("postgres", "redis", "partner")}

    told = page(warden, "shortener-a", "/environ")

    wiring = " ".join(value for key, value in told.items() if key.startswith("SHORTENER_"))
    assert not [port for port in direct if f":{port}" in wiring]
    assert f":{warden.home.port('shortener-a.postgres')}/shortener" in wiring


def test_nothing_of_the_callers_environment_leaks_into_a_service(
    warden: Warden, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMEBODYS_TOKEN", "hush")
    warden.up(["edge"], root)

    told = page(warden, "shortener-a", "/environ")

    assert "SOMEBODYS_TOKEN" not in told
    assert "LAB_HOME" not in told
    assert page(warden, "shortener-a", "/path")["path"].count(str(root)) >= 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's services are put behind walls for sure")
def test_a_service_cannot_read_the_secrets_or_the_runs(warden: Warden, root: Path) -> None:
    warden.up(["edge"], root)
    (warden.home.runs / "1").mkdir(exist_ok=True)

    assert page(warden, "shortener-a", "/secrets") == {"readable": False}
    assert page(warden, "shortener-a", "/path")["uid"] != 0


async def test_a_reset_gives_a_fresh_database_with_the_seed_in_it(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)
    warden.reset("INSERT INTO links (code, url) VALUES ('a', 'x'), ('b', 'y')")
    assert await links(warden) == 2

    warden.reset()

    assert await links(warden) == 0
    assert page(warden, "edge", "/readyz")["ready"]


async def test_changed_migrations_get_a_template_of_their_own_and_the_old_rows_are_set_aside(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)
    warden.reset("INSERT INTO links (code, url) VALUES ('kept', 'x')")
    more = root / "services" / "shortener" / "migrations" / "001_links.sql"
    more.write_text("CREATE TABLE links (id int, code text, url text, colour text);")

    warden.up(["edge"], root)

    connection = await asyncpg.connect(warden.home.dsn())
    assert await connection.fetchval("SELECT count(colour) FROM links") == 0
    await connection.close()
    aside = await asyncpg.connect(warden.home.dsn(database="shortener_before"))
    assert await aside.fetchval("SELECT code FROM links") == "kept"
    await aside.close()


async def test_a_database_that_is_to_be_reset_is_replaced_and_not_set_aside(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root, database="experiment")
    warden.reset("INSERT INTO links (code) VALUES ('gone')")
    more = root / "services" / "shortener" / "migrations" / "001_links.sql"
    more.write_text(more.read_text() + "\nCREATE TABLE extras (id int);\n")

    warden.up(["edge"], root, database="experiment", to_be_reset=True)

    connection = await asyncpg.connect(warden.home.dsn(database="experiment"))
    assert await connection.fetchval("SELECT count(*) FROM extras") == 0
    assert await connection.fetchval("SELECT count(*) FROM links") == 0
    aside = "SELECT count(*) FROM pg_database WHERE datname = 'experiment_before'"
    assert await connection.fetchval(aside) == 0
    await connection.close()


def test_a_syntax_error_is_told_with_file_and_line_and_the_stack_stays_alive(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)
    (root / "services" / "shortener" / "late.py").write_text("x = 1\ndef broken(:\n")

    with pytest.raises(DoesNotStart) as told:
        warden.up(["edge"], root)

    assert "services/shortener/late.py:2" in told.value.said
    assert {part["state"] for part in warden.status()["components"]} == {"ready"}


def test_a_service_that_dies_at_its_start_is_named_with_its_last_words(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)
    main = root / "services" / "shortener" / "__main__.py"
    healthy = main.read_text()
    main.write_text("import nowhere_to_be_found\n")

    with pytest.raises(DoesNotStart, match="shortener-") as told:
        warden.up(["edge"], root)

    assert told.value.component.startswith("shortener-")
    assert "nowhere_to_be_found" in told.value.log_tail
    main.write_text(healthy)
    assert page(warden, "edge", "/livez") if warden.up(["edge"], root) else False


def test_a_deleted_folder_of_services_is_one_sentence(warden: Warden, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="no folder services/"):
        warden.up(["edge"], tmp_path)


def test_a_killed_server_is_started_again(warden: Warden, root: Path) -> None:
    before = parts(warden.up(["edge"], root))["redis"]

    os.kill(before["pid"], signal.SIGKILL)

    def again() -> bool:
        redis = parts(warden.status())["redis"]
        return redis["state"] == "ready" and redis["pid"] != before["pid"]

    wait_for(again)
    assert parts(warden.status())["redis"]["restarts"] == before["restarts"] + 1


def test_a_fault_is_really_on_and_is_lifted_when_it_is_due(warden: Warden, root: Path) -> None:
    warden.up(["edge"], root)

    fault = warden.add_fault({"kind": "pause", "process": "shortener-a"}, 0.6)

    assert warden.probe(fault)["on"]
    assert parts(warden.status())["shortener-a"]["state"] == "paused"
    wait_for(lambda: warden.status()["faults"] == [], 3.0)
    assert parts(warden.status())["shortener-a"]["state"] == "ready"


def test_a_toxic_is_put_back_when_the_proxy_itself_was_killed(warden: Warden, root: Path) -> None:
    before = parts(warden.up(["edge"], root))["proxy"]
    fault = warden.add_fault({"kind": "proxy_down", "proxy": "shortener-a.redis"}, 60)

    os.kill(before["pid"], signal.SIGKILL)
    wait_for(lambda: parts(warden.status())["proxy"]["pid"] not in (None, before["pid"]))

    wait_for(lambda: bool(warden.probe(fault)["on"]))
    warden.lift_all()


def test_a_fault_that_makes_no_sense_is_one_sentence_and_leaves_nothing_on(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)

    with pytest.raises(Trouble, match="earthquake"):
        warden.add_fault({"kind": "earthquake"})
    with pytest.raises(Trouble, match="nobody"):
        warden.add_fault({"kind": "pause", "process": "nobody"})

    assert warden.status()["faults"] == []


def test_the_token_is_needed(warden: Warden, root: Path) -> None:
    warden.up(["redis"], root)
    request = urllib.request.Request(warden.home.url("warden") + "/status")

    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(request)

    refused.value.close()


async def test_when_the_warden_is_killed_nothing_outlives_it_and_no_data_is_lost(
    warden: Warden, root: Path
) -> None:
    status = warden.up(["edge"], root)
    warden.reset("INSERT INTO links (code, url) VALUES ('kept', 'x')")
    warden.add_fault({"kind": "pause", "process": "shortener-a"}, 600)

    os.kill(status["warden"]["pid"], signal.SIGKILL)

    wait_for(lambda: left_behind(warden.home) == [], 5.0)
    assert warden.status()["components"] == []
    assert warden.up(["edge"], root)["faults"] == []
    assert await links(warden) == 1


def test_down_leaves_no_process_and_no_port(warden: Warden, root: Path) -> None:
    warden.up(["edge"], root)
    ports = warden.home.ports()

    started_s = time.monotonic()
    warden.down()

    assert time.monotonic() - started_s < 5.0
    assert left_behind(warden.home) == []
    assert [name for name, port in ports.items() if _answers(port)] == []
    warden.down()  # and once more is harmless


def test_a_taken_port_is_replaced_by_another(warden: Warden, root: Path) -> None:
    warden.up(["edge"], root)
    warden.down()
    with socket.socket() as stranger:
        taken = warden.home.port("redis")
        stranger.bind((LOOPBACK, taken))
        stranger.listen()

        status = warden.up(["edge"], root)

    assert warden.home.port("redis") != taken
    assert parts(status)["redis"]["state"] == "ready"


def test_two_homes_run_side_by_side(warden: Warden, root: Path, tmp_path: Path) -> None:
    other = Warden(Home(tmp_path / "other").make())
    try:
        mine, theirs = warden.up(["redis"], root), other.up(["redis"], root)

        assert parts(mine)["redis"]["port"] != parts(theirs)["redis"]["port"]
        other.down()
        assert parts(warden.status())["redis"]["state"] == "ready"
    finally:
        other.down()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
