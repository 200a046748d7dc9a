"""Builds Compose v2 from its Go module, for machines whose system has docker-compose 1.29 only.

python -m tests.compose.standins.compose_v2 FOLDER    # minutes, the first time
DOCKER_CONFIG=FOLDER ./lab test --compose             # the same tests, by `docker compose`
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MODULE = "github.com/docker/compose/v2"
VERSION = "v2.40.3"


def build(folder: Path) -> Path:
    """Build the plugin where Docker looks for it when `DOCKER_CONFIG` is the folder."""
    plugin = folder.resolve() / "cli-plugins" / "docker-compose"
    plugin.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        # Not `go install`: its go.mod excludes versions, which only a main module may do.
        source = Path(scratch) / "source"
        shutil.copytree(_downloaded(), source)
        for made in (source, *source.rglob("*")):
            made.chmod(made.stat().st_mode | 0o200)
        named = f"-s -w -X {MODULE}/internal.Version={VERSION}"
        subprocess.run(
            ("go", "build", "-mod=mod", "-trimpath", "-ldflags", named, "-o", plugin, "./cmd"),
            cwd=source,
            env=os.environ | {"CGO_ENABLED": "0"},
            check=True,
        )
    return plugin


def _downloaded() -> str:
    asked = ("go", "mod", "download", "-json", f"{MODULE}@{VERSION}")
    said = subprocess.run(asked, cwd="/", capture_output=True, check=True).stdout
    return str(json.loads(said)["Dir"])


if __name__ == "__main__":
    print(build(Path(sys.argv[1])))
