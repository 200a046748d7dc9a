"""What the whole stack promises the machine it runs on: heard by nobody, secrets kept, no mess."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack.home import LOOPBACK, Home
from stack.warden.client import Warden
from stack.warden.sweep import left_behind

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]
FAKE = Path(__file__).parent / "fake"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(FAKE, tmp_path_factory.mktemp("safety") / "workspace"))


@pytest.fixture(scope="module")
def warden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warden]:
    own = Warden(Home(tmp_path_factory.mktemp("home")))
    yield own
    own.down()
    assert left_behind(own.home) == []


def listening(home: Home) -> set[tuple[str, str, int]]:
    found = set()
    for process in left_behind(home):
        with contextlib.suppress(psutil.NoSuchProcess):
            found |= {
                (process.name(), one.laddr.ip, one.laddr.port)
                for one in process.net_connections("inet")
                if one.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
            }
    return found


def test_every_socket_that_any_of_our_processes_listens_on_is_loopback(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)

    heard = listening(warden.home)

    assert len({port for _, _, port in heard}) >= 6  # servers, services, proxy, edge, sink, warden
    assert {address for _, address, _ in heard} <= {LOOPBACK, "::1"}, heard


def test_no_secret_is_in_a_log_a_run_a_command_line_or_a_file_that_others_can_read(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)
    warden.status()
    home = warden.home.path
    secrets = {path.name: path.read_text().strip() for path in (home / "secrets").iterdir()}
    assert len(secrets) >= 2
    assert all(len(secret) >= 32 for secret in secrets.values())

    lines = [" ".join(process.cmdline()) for process in left_behind(warden.home)]
    written = [path for folder in ("log", "runs") for path in (home / folder).rglob("*")]
    texts = {path.name: path.read_text(errors="replace") for path in written if path.is_file()}

    assert len(texts) >= 4
    for name, secret in secrets.items():
        assert [file for file, text in texts.items() if secret in text] == [], name
        assert [line for line in lines if secret in line] == [], name
        assert (home / "secrets" / name).stat().st_mode & 0o777 == 0o600, name


def test_two_homes_have_different_secrets(warden: Warden, tmp_path: Path) -> None:
    other = Home(tmp_path / "other").make()
    names = [path.name for path in (warden.home.path / "secrets").iterdir()]

    assert names
    assert all(other.secret(name) != warden.home.secret(name) for name in names)


def test_a_fault_ends_though_every_process_of_ours_is_killed_at_once(
    warden: Warden, root: Path
) -> None:
    warden.up(["edge"], root)
    warden.add_fault({"kind": "proxy_down", "proxy": "shortener-a.redis"}, 600)
    warden.add_fault({"kind": "pause", "process": "shortener-b"}, 600)
    ours = [process.pid for process in left_behind(warden.home)]
    keeper = int(warden.status()["warden"]["pid"])
    assert len(ours) >= 6

    # The warden first: one that lives starts the others again, and keeps their faults on.
    for pid in (keeper, *ours):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    deadline_s = time.monotonic() + 10
    while left_behind(warden.home) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert left_behind(warden.home) == []
    status = warden.up(["edge"], root)
    assert status["faults"] == []
    assert {part["state"] for part in status["components"]} == {"ready"}
