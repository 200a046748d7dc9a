import os

from compose import engine
from compose.standins import standing


def test_without_a_command_it_says_how_it_is_called(capsys):
    assert standing.main([]) == 2
    assert "./lab parity" in capsys.readouterr().err


def test_a_machine_without_an_engine_is_one_sentence_and_no_command_is_run(
    monkeypatch, capsys, tmp_path
):
    def refuse():
        raise engine.NoEngine("there is none")

    monkeypatch.setattr(engine, "install", refuse)
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)

    assert standing.main(["touch", str(tmp_path / "was-run")]) == 2

    assert capsys.readouterr().err == "docker compose was not run: there is none\n"
    assert not (tmp_path / "was-run").exists()
    assert "COMPOSE_PROJECT_NAME" not in os.environ


def test_what_has_no_stand_in_is_not_started():
    names = standing.started()

    assert "grafana" not in names
    assert {"shortener-a", "postgres", "console"} <= set(names)
