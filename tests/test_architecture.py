"""The house stands on a slope: imports run downhill only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "labs": {"labs", "stack", "chaos", "loadtests", "dashboards"},
    "stack": {"stack", "chaos"},
    "chaos": {"chaos"},
    "loadtests": {"loadtests"},
    "services": {"services"},
    "dashboards": {"dashboards"},
}
OURS = {*MAY_IMPORT, "tests"}


def imports_of(module: Path) -> Iterator[str]:
    """Every dotted name that a module imports."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def modules_of(folder: Path) -> list[Path]:
    """Every module below a folder; lab content is not engine code."""
    return [path for path in folder.rglob("*.py") if "catalogue" not in path.parts]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_run_downhill(room):
    uphill = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in modules_of(CHECKOUT / room)
        for name in imports_of(path)
        if name.split(".")[0] in OURS - MAY_IMPORT[room]
    ]

    assert uphill == []


def test_the_engine_knows_neither_the_console_nor_the_commands():
    above = ("labs.console", "labs.commands", "labs.cli")
    knowing = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in modules_of(CHECKOUT / "labs" / "engine")
        for name in imports_of(path)
        if name.startswith(above)
    ]

    assert knowing == []


def test_a_service_imports_the_kit_and_itself_only():
    services = CHECKOUT / "services"
    deployables = {p.name for p in services.iterdir() if p.is_dir()} - {"kit", "__pycache__"}
    crossing = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for own in deployables
        for path in modules_of(services / own)
        for name in imports_of(path)
        if name.startswith("services.") and name.split(".")[1] in deployables - {own}
    ]

    assert crossing == []
