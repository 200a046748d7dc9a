import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stack.home import CHECKOUT, LOOPBACK, Home, port_is_free
from stack.trouble import Trouble


def test_the_home_is_the_folder_that_lab_home_names(tmp_path: Path) -> None:
    assert Home.find({"LAB_HOME": str(tmp_path)}).path == tmp_path
    assert Home.find({}).path == CHECKOUT / ".lab"


def test_the_workspace_stands_beside_the_code_unless_the_home_is_a_second_one(
    tmp_path: Path,
) -> None:
    assert Home.find({}).workspace == CHECKOUT / "workspace"
    assert Home(tmp_path).workspace == tmp_path / "workspace"
    named = Home.find({"LAB_HOME": str(tmp_path), "LAB_WORKSPACE": str(tmp_path / "mine")})
    assert named.workspace == tmp_path / "mine"


def test_a_port_is_remembered_and_differs_from_every_other(tmp_path: Path) -> None:
    home = Home(tmp_path)

    first, other = home.port("redis"), home.port("postgres")

    assert first != other
    assert Home(tmp_path).port("redis") == first


def test_many_processes_asking_at_once_agree_on_one_port(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: Home(tmp_path).port("redis"), range(32)))

    assert len(answers) == 1


def test_a_taken_port_is_replaced_and_the_new_one_remembered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with socket.socket() as stranger:
        stranger.bind((LOOPBACK, home.port("redis")))
        stranger.listen()

        assert not port_is_free(home.port("redis"))
        moved = home.repick_port("redis")

    assert port_is_free(moved)
    assert home.port("redis") == moved


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: home.secret("token"), range(16)))

    assert len(answers) == 1
    assert (tmp_path / "secrets" / "token").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert os.listdir(tmp_path / "secrets") == ["token"]  # noqa: PTH208 - no drafts stay behind


def test_a_secret_is_a_plain_word_in_every_configuration_it_gets_into(tmp_path: Path) -> None:
    assert Home(tmp_path).secret("lab-run").isalnum()
    assert len(Home(tmp_path).secret("jwt")) >= 32


def test_a_client_is_sent_through_its_own_proxy_and_a_grader_is_not(tmp_path: Path) -> None:
    home = Home(tmp_path)

    assert f":{home.port('postgres')}/shortener" in home.dsn(direct=True)
    assert f":{home.port('relay.postgres')}/" in home.dsn(direct=False, client="relay")
    assert str(home.port("shortener-a.redis")) in home.redis_url(client="shortener-a")


def test_the_edge_and_haproxy_are_two_names_of_one_port(tmp_path: Path) -> None:
    home = Home(tmp_path)

    assert home.port("haproxy") == home.port("edge")
    assert home.url("edge") == f"http://127.0.0.1:{home.port('edge')}"


def test_a_damaged_ports_file_is_one_sentence_and_the_next_command(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")

    with pytest.raises(Trouble, match="damaged") as trouble:
        Home(tmp_path).port("redis")

    assert trouble.value.try_next.startswith("rm ")


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Trouble, match="cannot be written"):
        Home(tmp_path / "file" / "home").make()
