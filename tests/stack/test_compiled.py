"""Bytecode of the services is written once per deployment, and believed only where it is true."""

import os
import subprocess
import sys
from pathlib import Path

from stack.compiled import compile_services, compiled_file, syntax_error

_LOOK = "import services.a; print(services.a.x)"


def tree(tmp_path: Path, **files: str) -> Path:
    services = tmp_path / "services"
    services.mkdir(parents=True)
    for name, text in files.items():
        (services / f"{name}.py").write_text(text)
    return services


def seen(services: Path, bytecode: Path) -> str:
    """What Python finds in services/a.py, started as the services are."""
    done = subprocess.run(
        [sys.executable, "-B", "-v", "-c", _LOOK],
        cwd=services.parent,
        env={"PYTHONPATH": str(services.parent), "PYTHONPYCACHEPREFIX": str(bytecode)},
        capture_output=True,
        text=True,
        check=True,
    )
    compiled = f"code object from {services / 'a.py'}" not in done.stderr
    return f"{done.stdout.strip()} {'from bytecode' if compiled else 'from source'}"


def test_python_takes_what_was_compiled_for_it(tmp_path: Path) -> None:
    services, bytecode = tree(tmp_path / "home", a="x = 1\n"), tmp_path / "bytecode"

    assert compile_services(services, bytecode) is None

    assert seen(services, bytecode) == "1 from bytecode"


def test_an_edit_of_equal_size_and_time_is_what_runs(tmp_path: Path) -> None:
    services, bytecode = tree(tmp_path / "home", a="x = 1\n"), tmp_path / "bytecode"
    compile_services(services, bytecode)
    before = (services / "a.py").stat()
    (services / "a.py").write_text("x = 2\n")
    os.utime(services / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert seen(services, bytecode) == "2 from source"

    compile_services(services, bytecode)
    assert seen(services, bytecode) == "2 from bytecode"


def test_what_did_not_change_is_not_compiled_again(tmp_path: Path) -> None:
    services, bytecode = tree(tmp_path / "home", a="x = 1\n", b="y = 1\n"), tmp_path / "bytecode"
    compile_services(services, bytecode)
    kept = {
        name: compiled_file(services / name, bytecode).stat().st_ino for name in ("a.py", "b.py")
    }
    (services / "b.py").write_text("y = 2\n")

    compile_services(services, bytecode)

    now = {
        name: compiled_file(services / name, bytecode).stat().st_ino for name in ("a.py", "b.py")
    }
    assert now["a.py"] == kept["a.py"]
    assert now["b.py"] != kept["b.py"]


def test_only_the_tree_that_is_deployed_has_bytecode(tmp_path: Path) -> None:
    bytecode = tmp_path / "bytecode"
    first = tree(tmp_path / "first", a="x = 1\n")
    second = tree(tmp_path / "second", a="x = 1\n")
    compile_services(first, bytecode)

    compile_services(second, bytecode)

    assert not compiled_file(first / "a.py", bytecode).exists()
    assert compiled_file(second / "a.py", bytecode).exists()


def test_the_next_tree_takes_over_what_is_the_same_and_its_tracebacks_name_itself(
    tmp_path: Path,
) -> None:
    bytecode = tmp_path / "bytecode"
    same = "import sys\nx = sys._getframe().f_code.co_filename\n"
    first = tree(tmp_path / "first", a=same, b="y = 1\n", gone="z = 1\n")
    second = tree(tmp_path / "second", a=same, b="y = 2\n")
    compile_services(first, bytecode)
    kept = {name: compiled_file(first / name, bytecode).stat().st_ino for name in ("a.py", "b.py")}

    compile_services(second, bytecode)

    now = {name: compiled_file(second / name, bytecode).stat().st_ino for name in ("a.py", "b.py")}
    assert now["a.py"] == kept["a.py"]
    assert now["b.py"] != kept["b.py"]
    assert seen(second, bytecode) == f"{second / 'a.py'} from bytecode"


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    services = tree(tmp_path / "home", a="x = 1\n")
    (tmp_path / "bytecode").write_text("a file where the folder should be")

    assert compile_services(services, tmp_path / "bytecode") is None


def test_a_syntax_error_is_found_with_file_and_line(tmp_path: Path) -> None:
    services = tree(tmp_path, fine="x = 1\n", late="x = 1\n\nif True\n    pass\n")

    where, what = syntax_error(services) or ("", "")

    assert where == "services/late.py:3"
    assert "expected" in what
    assert compile_services(services, tmp_path / "bytecode") == (where, what)


def test_a_file_with_a_nul_byte_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    services = tree(tmp_path, odd="x = 1\0\n")

    where, _what = syntax_error(services) or ("", "")

    assert where.startswith("services/odd.py:")
    assert (compile_services(services, tmp_path / "bytecode") or ("",))[0] == where


def test_readable_code_has_no_syntax_error(tmp_path: Path) -> None:
    assert syntax_error(tree(tmp_path, a="x = 1\n")) is None
