import shutil
from pathlib import Path

import pytest

from stack import bootstrap
from stack.home import Home
from stack.installing import apt, plan
from stack.installing.plan import Plan
from stack.installing.running import clean_env, run, why
from stack.installing.venv import Environment
from stack.system import PROGRAMS
from stack.trouble import Trouble


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    lock = tmp_path / "run.lock"
    lock.write_text("rich==15.0 \\\n    --hash=sha256:00\ntyper==0.29\n")
    return Environment(Home(tmp_path / "home"), lock)


def test_what_will_be_installed_is_said_before(environment: Environment) -> None:
    text = Plan(list(PROGRAMS), environment).text()

    for words in ("postgresql", "redis-server", "haproxy", "prometheus", "2 Python packages"):
        assert words in text
    assert "MB to download" in text
    assert "memory" in text


def test_an_environment_from_another_lock_is_made_again(environment: Environment) -> None:
    environment.path.mkdir(parents=True)
    (environment.path / "bin").mkdir()
    (environment.path / "bin" / "python").touch()
    (environment.path / "pyvenv.cfg").touch()
    assert environment.needed

    environment.stamp.write_bytes(environment.lock.read_bytes())
    assert not environment.needed

    environment.lock.write_text("typer==0.30\n")
    assert environment.needed


def test_a_full_disk_is_told_before_it_is_full(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 9))

    with pytest.raises(Trouble, match="MB are free"):
        Plan(list(PROGRAMS), environment).check_disk(tmp_path)


@pytest.mark.parametrize(
    ("platform", "words"),
    [("darwin", "brew install postgresql@15"), ("linux", "sudo apt-get install -y")],
)
def test_where_we_may_not_install_the_exact_command_is_shown(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, platform: str, words: str
) -> None:
    monkeypatch.setattr(plan.sys, "platform", platform)
    monkeypatch.setattr(plan.shutil, "which", lambda _: "/usr/bin/apt-get")

    command = Plan(list(PROGRAMS), environment).command()

    assert command.startswith(words)
    assert ("not tested here" in command) is (platform == "darwin")


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("E: Temporary failure resolving 'packages.example.org'", "no way to the network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("E: Could not open lock file - open (13: Permission denied)", "permission was denied"),
        ("ERROR: no matching distribution found", "no matching distribution"),
    ],
)
def test_an_installers_failure_becomes_one_sentence(said: str, cause: str) -> None:
    trouble = why(f"something\n{said}", "The Python packages")

    assert cause in trouble.said
    assert "\n" not in trouble.said
    assert trouble.try_next


def test_an_installer_that_fails_is_told_and_one_that_works_is_heard() -> None:
    heard: list[str] = []
    run(("echo", "Get:1 something"), clean_env(), heard.append, "It")
    assert heard == ["Get:1 something"]

    with pytest.raises(Trouble, match="It could not be installed"):
        run(("false",), clean_env(), heard.append, "It")


def test_a_person_who_says_no_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    monkeypatch.setattr(bootstrap, "Environment", lambda *_: environment)
    monkeypatch.setattr(bootstrap.system, "missing", list)
    monkeypatch.setattr(bootstrap.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")

    with pytest.raises(Trouble, match="Nothing was installed"):
        bootstrap.install(Home(tmp_path), yes=False)


@pytest.mark.parametrize(("argument", "aside"), [("--json", True), ("--plain", False)])
def test_what_is_said_of_installing_leaves_a_json_document_alone(
    argument: str,
    aside: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    monkeypatch.setattr(bootstrap, "Environment", lambda *_: environment)
    monkeypatch.setattr(bootstrap.system, "missing", list)
    monkeypatch.setattr(bootstrap, "_work", lambda *_: None)
    monkeypatch.setattr(bootstrap.sys, "argv", ["lab", "verify", argument, "--yes"])

    bootstrap.main()

    said = capsys.readouterr()
    assert "Installed in" in (said.err if aside else said.out)
    assert (said.out == "") is aside


def test_the_guards_stand_while_packages_are_installed_and_not_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, cluster = tmp_path / "sbin" / "policy-rc.d", tmp_path / "etc" / "c.d" / "lab.conf"
    monkeypatch.setattr(apt, "_POLICY", policy)
    monkeypatch.setattr(apt, "_CLUSTER", cluster)

    with apt._guards():
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & 0o111
        assert "create_main_cluster = false" in cluster.read_text()

    assert not policy.exists()
    assert not cluster.parent.exists()


def test_a_machines_own_policy_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    monkeypatch.setattr(apt, "_POLICY", policy)
    monkeypatch.setattr(apt, "_CLUSTER", tmp_path / "c.d" / "lab.conf")

    with apt._guards():
        assert policy.read_text() == "#!/bin/sh\nexit 0\n"

    assert policy.read_text() == "#!/bin/sh\nexit 0\n"


def test_only_units_that_we_added_are_disabled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants = tmp_path / "multi-user.target.wants"
    wants.mkdir()
    for name in ("ours.service", "theirs.service"):
        (wants / name).symlink_to("/lib/systemd/system/x.service")
    monkeypatch.setattr(apt, "_WANTS", tmp_path)
    monkeypatch.setattr(apt, "_quietly", lambda *_: None)
    before = apt._enabled() - {"multi-user.target.wants/ours.service"}

    apt.Apt(Home(tmp_path), lambda _: None)._disable(apt._enabled() - before)

    assert [path.name for path in wants.iterdir()] == ["theirs.service"]


def test_what_was_added_is_remembered_over_several_installations(tmp_path: Path) -> None:
    home = Home(tmp_path).make()
    one = apt.Apt(home, lambda _: None)

    one._remember(["redis-server"])
    one._remember(["haproxy"])

    assert '"haproxy"' in (tmp_path / "installed.json").read_text()
    assert '"redis-server"' in (tmp_path / "installed.json").read_text()
