"""How Python processes are started: which interpreter, which bytecode, which environment."""

import subprocess
import sys
from pathlib import Path

from stack import runtime
from stack.home import Home, write_atomically

# What the services import from outside. Their bytecode may be trusted by its time.
IMPORTS = (
    "fastapi,uvicorn,uvloop,httptools,asyncpg,redis.asyncio,aiokafka,jwt,argon2,pydantic_settings,"
    "structlog,prometheus_client.core,opentelemetry.sdk.trace.export,httpx2,"
    "opentelemetry.exporter.otlp.proto.http.trace_exporter,"
    "uvicorn.loops.uvloop,uvicorn.lifespan.on,uvicorn.protocols.http.httptools_impl,"
    # Imported only when an app is put together, or a client made: a third of a second otherwise.
    "pydantic.v1,httpcore2,anyio._backends._asyncio,anyio.streams.tls,truststore,encodings.idna,"
    "fastapi.telemetry._runtime"
)


def plain_env() -> dict[str, str]:
    """Return an environment made from scratch."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"
    return {"PATH": path, "LANG": "C.UTF-8", "TZ": "UTC"}


def python(home: Home) -> str:
    """Return the interpreter that has the dependencies (in tests: the one that runs them)."""
    return str(home.python if home.python.exists() else sys.executable)


def python_env(home: Home, root: Path) -> dict[str, str]:
    """Return the environment of a Python process that imports from `root`.

    Python trusts bytecode by time and size: three quick edits of equal size ran as the first one.
    So services look for bytecode in a folder that holds that of the dependencies, and of their own
    code only what is checked against the source (`compiled.py`), and never write any (`-B`).
    Compiling the dependencies at each start instead would take 1.5 s more.
    """
    return plain_env() | {
        "PYTHONPATH": str(root),
        "PYTHONPYCACHEPREFIX": str(bytecode(home)),
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": "random",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",  # it would search every package for them
        "VIRTUAL_ENV": str(home.path / "venv"),
    }


def bytecode(home: Home) -> Path:
    """Return the folder with the dependencies' bytecode."""
    return home.path / "cache" / "bytecode"


def fill_bytecode(home: Home) -> None:
    """Compile the dependencies once per interpreter and lock; an image brings them along."""
    if runtime.in_compose():
        return
    stamp = bytecode(home) / "made-for"
    lock = home.path / "venv" / "run.lock"
    made_for = f"{sys.version} {lock.stat().st_mtime_ns if lock.exists() else ''} {IMPORTS}"
    if stamp.exists() and stamp.read_text() == made_for:
        return
    env = plain_env() | {"PYTHONPYCACHEPREFIX": str(bytecode(home))}
    subprocess.run(  # noqa: S603 - our own command
        (python(home), "-c", f"import {IMPORTS}"),
        env=env,
        cwd=home.path,
        capture_output=True,
        check=False,  # without it everything works, only slower
        timeout=120,
    )
    bytecode(home).mkdir(parents=True, exist_ok=True)
    write_atomically(stamp, made_for)
