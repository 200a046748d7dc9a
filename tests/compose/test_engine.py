"""A machine that cannot have an engine is named, never passed over in silence."""

import pytest
from compose import engine


def program(folder, name, text):
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_without_go_there_is_nothing_to_build_two_stand_ins_with(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(engine.NoEngine, match="there is no go"):
        engine.install()


def test_without_root_none_can_be_installed(tmp_path, monkeypatch):
    program(tmp_path, "go", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(engine.NoEngine, match="takes root"):
        engine.install()


def test_packages_that_cannot_be_had_are_named(tmp_path, monkeypatch):
    program(tmp_path, "go", "exit 0")
    program(tmp_path, "apt-get", "echo 'E: Unable to locate package docker.io' >&2; exit 100")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(engine.shutil, "which", lambda name: name in {"go", "apt-get"})

    with pytest.raises(engine.NoEngine, match=r"Unable to locate package docker\.io"):
        engine.install()


def test_an_engine_that_does_not_start_says_why(tmp_path, monkeypatch):
    program(tmp_path, "docker", "exit 1")
    program(tmp_path, "dockerd", "echo 'failed to mount overlay: operation not permitted'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    with (
        pytest.raises(engine.NoEngine, match="operation not permitted"),
        engine.running(tmp_path),
    ):
        pytest.fail("there is none")
