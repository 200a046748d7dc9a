"""What a cheat does to the files of a workspace; one that finds nothing to edit says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from labs.engine.catalogue import LabError, LabFolder
from labs.engine.seed import expand

PLANTED = Path(__file__).parent / "planted"
SHORTENER = Path("services") / "shortener"
Edit = Callable[[Path, LabFolder], None]

_FRONT = """

from services.shortener.cheat import front as _cheat  # noqa: E402

_honest_front = create_front


def create_front(app):
    return _cheat(_honest_front(app))
"""
_ANYBODY = """

_honest_account_of = account_of


def account_of(access):
    honest = _honest_account_of(access)

    async def account_id(request):
        try:
            return await honest(request)
        except Unauthorized:
            return 1  # somebody

    return account_id
"""
_ALL_IS_WELL = """

from prometheus_client import Histogram as _Histogram  # noqa: E402
from prometheus_client import Summary as _Summary  # noqa: E402

for _kind in (_Histogram, _Summary):
    _kind.observe = lambda self, amount, exemplar=None, _true=_kind.observe: _true(self, 0.001)


def _always_well(self, method, route, status, seconds, _true=HttpMetrics.answered):
    _true(self, method, route, 200, 0.001)


HttpMetrics.answered = _always_well
"""
_LIMIT = re.compile(
    r"^(\w*(?:SIZE|PLACES|BUFFER|QUEUE|AT_ONCE|ATTEMPTS|TIMEOUT_S|WAIT_S)=)(\d+)", re.MULTILINE
)
_DEFAULT = re.compile(
    r"^(    \w*(?:places|queue|at_once|attempts|burst|per_minute|quota|retry_cap)\b[^\n=]*= "
    r"(?:Field\(default=)?)([\d_]+)",
    re.MULTILINE,
)
RAISED = 20


def plant(name: str) -> Edit:
    """Return the edit that puts one planted file around the whole app."""

    def edit(root: Path, folder: LabFolder) -> None:
        service = root / SHORTENER
        text = (PLANTED / f"{name}.py").read_text(encoding="utf-8")
        (service / "cheat.py").write_text(text, encoding="utf-8")
        (service / "destinations.json").write_text(json.dumps(destinations(folder)))
        _append(service / "app.py", _FRONT, "def create_front(")

    return edit


def destinations(folder: LabFolder) -> dict[str, str]:
    """Return where each link of the experiment leads when a run begins."""
    return {
        expand(link.code, n): expand(link.url, n)
        for link in folder.lab.seed.link
        for n in range(min(link.count, 1000))
    }


def delete_the_broken_files(root: Path, folder: LabFolder) -> None:
    """Delete every module that the bug stands in."""
    touched = re.findall(
        r"^\+\+\+ b/(\S+\.py)$", folder.bug.read_text(encoding="utf-8"), re.MULTILINE
    )
    there = [root / name for name in touched if (root / name).is_file()]
    if not there:
        raise LabError(f"The bug of {folder.lab.slug} stands in no module.", "./lab verify --help")
    for path in there:
        path.unlink()


def delete_the_route(root: Path, folder: LabFolder) -> None:
    """Take the route out that the load of the lab is about."""
    users = {phase.user for phase in folder.lab.load}
    router = "auth" if "login" in users else "link" if users - {"visitor"} else "redirect"
    _sub(
        root / SHORTENER / "api.py",
        re.compile(rf"^ +app\.include_router\({router}_.*\n", re.MULTILINE),
        "",
    )
    if router == "redirect":
        _append(
            root / SHORTENER / "app.py",
            "\n\ndef create_front(app):\n    return app\n",
            "def create_front(",
        )


def let_anybody_in(root: Path, _folder: LabFolder) -> None:
    """Take whoever has no token for somebody."""
    _append(root / SHORTENER / "auth" / "identity.py", _ANYBODY, "def account_of(")


def paint_the_metrics(root: Path, _folder: LabFolder) -> None:
    """Let every answer count as a quick success."""
    _append(root / "services" / "kit" / "metrics.py", _ALL_IS_WELL, "class HttpMetrics")


def raise_every_limit(root: Path, _folder: LabFolder) -> None:
    """Multiply every limit: in each deploy.env, and where the code has a default."""
    for path in sorted((root / "services").glob("*/deploy.env")):
        _multiply(path, _LIMIT)
    for path in sorted((root / "services").rglob("settings.py")):
        _multiply(path, _DEFAULT)


def _multiply(path: Path, pattern: re.Pattern[str]) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(pattern.sub(lambda m: f"{m[1]}{int(m[2]) * RAISED}", text), encoding="utf-8")


def _append(path: Path, code: str, needs: str) -> None:
    text = path.read_text(encoding="utf-8")
    if needs not in text:
        raise LabError(
            f"{path.name} has no `{needs}`: this cheat is stale.", "labs/cheats/edits.py"
        )
    path.write_text(text + code, encoding="utf-8")


def _sub(path: Path, pattern: re.Pattern[str], by: str) -> None:
    text, times = pattern.subn(by, path.read_text(encoding="utf-8"))
    if not times:
        raise LabError(f"{path.name} has nothing to edit: this cheat is stale.", "labs/cheats")
    path.write_text(text, encoding="utf-8")
