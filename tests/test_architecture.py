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


def modules_imported_by(module: Path, known: set[str]) -> set[str]:
    """The modules of ours that a module imports anywhere, in a function too."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & known


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """One way round, if there is any: what is left when leaves are taken away again and again."""
    left = dict(graph)
    while leaves := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in leaves:
            del left[name]
    if not left:
        return []
    way = [next(iter(left))]
    while way.count(way[-1]) < 2:
        way.append(next(iter(left[way[-1]] & left.keys())))
    return way[way.index(way[-1]) :]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_modules_import_each_other(room):
    modules = {
        ".".join(path.relative_to(CHECKOUT).with_suffix("").parts): path
        for path in modules_of(CHECKOUT / room)
        if path.name != "__init__.py"  # an index of its folder, imported with whatever is in it
    }
    known = set(modules)

    circle = circle_in({name: modules_imported_by(path, known) for name, path in modules.items()})

    assert circle == []
