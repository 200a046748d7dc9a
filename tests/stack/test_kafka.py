import os
import uuid
from pathlib import Path

import pytest

from stack import kafka_choice, kafka_jars, kafka_memory
from stack.components import kafka
from stack.home import Home
from stack.kafka_jars import CannotBeHad
from stack.kafka_wire import Malformed, parse
from stack.trouble import Trouble


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path).make()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be printed; nothing is fetched or installed."""
    monkeypatch.setattr(kafka_memory, "install", lambda _home, say: say("installed"))
    monkeypatch.setattr(kafka_memory, "is_there", lambda _home: True)
    return []


def test_without_java_the_broker_is_the_in_memory_one_and_one_line_says_so(
    home: Home, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    kafka_choice.choose(home, said.append)

    assert "in-memory broker here: there is no Java" in said[0]
    assert kafka.Kafka(home).notes()["note"].endswith("there is no Java")
    assert "memory_broker.py" in " ".join(kafka.Kafka(home).argv())


def test_without_maven_and_jars_the_broker_is_the_in_memory_one(
    home: Home, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_jars, "java", lambda: "/usr/bin/java")
    monkeypatch.setenv("PATH", "/nowhere")

    kafka_choice.choose(home, said.append)

    assert "no Maven" in kafka.Kafka(home).notes()["note"]


def test_what_was_chosen_stands_until_what_it_needs_is_gone(
    home: Home, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kafka_choice.ASK_FOR, "memory")
    chosen = kafka_choice.ensure(home, said.append)
    monkeypatch.delenv(kafka_choice.ASK_FOR)
    assert kafka_choice.ensure(home, said.append) == chosen

    monkeypatch.setattr(kafka_memory, "is_there", lambda _home: False)

    assert kafka_choice.made(home) is None


def test_what_maven_says_when_it_cannot_reach_its_repository_is_the_reason(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(home.path / "mvn", "echo '[ERROR] Could not transfer artifact: no route'; exit 1")
    monkeypatch.setenv("PATH", f"{home.path}:{os.environ['PATH']}")

    with pytest.raises(CannotBeHad, match="no route"):
        kafka_jars.fetch(home, print)

    assert not kafka_jars.are_there(home)
    assert list((home.path / "cache" / "kafka").iterdir()) == []


def test_an_old_java_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    program(home.path / "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    monkeypatch.setenv("PATH", f"{home.path}:{os.environ['PATH']}")

    with pytest.raises(CannotBeHad, match="Java 11 is too old"):
        kafka_jars.java()


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_jar_that_is_not_the_recorded_one_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("0" * 64 + "  kafka.jar\n")
    (tmp_path / "kafka.jar").write_text("something else")

    with pytest.raises(Trouble, match=r"kafka\.jar is not the file that is recorded"):
        kafka_jars.check(tmp_path, lock)


def test_a_jar_that_nobody_recorded_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("")
    (tmp_path / "surprise.jar").write_text("")

    with pytest.raises(Trouble, match=r"surprise\.jar"):
        kafka_jars.check(tmp_path, lock)


def test_every_recorded_jar_has_a_sum_and_kafka_is_in_the_version_we_name() -> None:
    recorded = kafka_jars.recorded()

    assert f"kafka_2.13-{kafka_jars.KAFKA}.jar" in recorded
    assert all(len(digest) == 64 for digest in recorded.values())


def test_all_listeners_are_on_loopback_and_tell_the_proxies_ports(home: Home) -> None:
    lines = dict(
        line.split("=", 1)
        for line in kafka.properties(home, Path("/log")).splitlines()
        if not line.startswith("#")
    )

    assert all("//127.0.0.1:" in url for url in lines["listeners"].split(","))
    assert f"RELAY://127.0.0.1:{home.port('relay.kafka')}" in lines["advertised.listeners"]
    assert f"RELAY://127.0.0.1:{home.port('kafka.relay')}" in lines["listeners"]
    assert "CONTROLLER" not in lines["advertised.listeners"]


def test_a_cluster_id_never_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [uuid.UUID(bytes=b"\xf8" + bytes(15)), uuid.UUID(bytes=b"\xff" + bytes(15))]
    monkeypatch.setattr(uuid, "uuid4", lambda: drawn.pop(0))

    assert kafka.cluster_id() == "_" + "w" + "A" * 20


def test_an_answer_in_another_protocol_is_not_taken_for_metadata() -> None:
    with pytest.raises(Malformed):
        parse(b"HTTP/1.1 400 Bad Request")
