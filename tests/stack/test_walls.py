import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack import walls
from stack.walls import Walls

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


def test_without_walls_the_command_is_what_it_was(tmp_path: Path) -> None:
    assert walls.build(Walls.NONE, ["id"], home=tmp_path, cwd=tmp_path) == ("id",)


@linux_only
def test_behind_walls_nothing_of_the_home_is_seen_but_what_is_shown(tmp_path: Path) -> None:
    if not walls._mounts_work():
        pytest.skip("this kernel refuses mount namespaces here")
    for name in ("secrets", "venv", "workspace"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    workspace = tmp_path / "workspace"

    argv = walls.build(
        Walls.BLIND,
        ["sh", "-c", "pwd; ls ..; cat file"],
        home=tmp_path,
        cwd=workspace,
        visible=[tmp_path / "venv"],
    )
    seen = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()

    assert seen == [str(workspace), "venv", "workspace", "workspace"]
    assert (tmp_path / "secrets" / "file").read_text() == "secrets"


@linux_only
@pytest.mark.skipif(os.geteuid() != 0, reason="about root")
@pytest.mark.parametrize("kind", [Walls.UNPRIVILEGED, Walls.BLIND])
def test_roots_components_are_not_root(tmp_path: Path, kind: Walls) -> None:
    argv = walls.build(kind, ["id", "-u"], home=tmp_path, cwd=tmp_path)

    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() != "0"


@linux_only
@pytest.mark.skipif(os.geteuid() != 0, reason="about root")
def test_another_account_is_used_where_user_namespaces_are_refused_and_enters_closed_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not walls._mounts_work():
        pytest.skip("this kernel refuses mount namespaces here")
    monkeypatch.setattr(walls, "_namespace_works", lambda: False)
    closed = tmp_path / "closed"
    home = closed / "home"
    home.mkdir(parents=True)
    (home / "data").mkdir()
    closed.chmod(0o700)
    walls.give_away(home / "data")

    argv = walls.build(
        Walls.UNPRIVILEGED,
        ["sh", "-c", "id -u; touch made; ls"],
        home=home,
        cwd=home / "data",
    )
    seen = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()

    assert seen == [str(walls.stranger().pw_uid), "made"]
    assert (home / "data" / "made").exists()


def test_what_keeps_components_apart_is_said_in_words() -> None:
    assert walls.describe()
