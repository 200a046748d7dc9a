"""Builds local stand-ins for the images that docker-compose.yml names, under the very same names.

No registry is asked. A Debian made by mmdebstrap is the base of all; servers come from its
packages, Kafka from the jars that the embedded stack checks by hash, Toxiproxy and the collector
from their own Go modules. What cannot be built like this (`WITHOUT`) is not run by the tests, and
they say so.

    python -m tests.compose.standins.build      # what is there already is left alone
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from stack import kafka_jars
from stack.home import CHECKOUT, Home

HERE = Path(__file__).resolve().parent
BASE = "short-circuit-standin-debian"
SUITE = "bookworm"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
TOXIPROXY = "github.com/Shopify/toxiproxy/v2/cmd"
BUILDER = "go.opentelemetry.io/collector/cmd/builder"
WITHOUT = {
    "grafana/grafana": "no Debian package, and its front end is not a Go module",
    "jaegertracing/all-in-one": "no Debian package, and its front end is not a Go module",
}
IMAGE = re.compile(r"^ +image: (?P<name>[a-z0-9./-]+):(?P<tag>[\w.-]+)$", re.MULTILINE)
OURS = "short-circuit/"
_PIP_SETTING = re.compile(
    r"^(?:global|:env:)\.(index-url|extra-index-url|trusted-host)='(.*)'$", re.MULTILINE
)


def wanted(compose: Path = CHECKOUT / "docker-compose.yml") -> dict[str, str]:
    """Return the images that others publish: name -> pinned tag."""
    found = {match["name"]: match["tag"] for match in IMAGE.finditer(compose.read_text())}
    return {name: tag for name, tag in found.items() if not name.startswith(OURS)}


def from_python(dockerfile: Path = CHECKOUT / "Dockerfile") -> tuple[str, str]:
    """Return the image that ours are built from: name and tag."""
    (image,) = set(re.findall(r"^FROM (python:\S+)", dockerfile.read_text(), re.MULTILINE))
    name, _, tag = image.partition(":")
    return name, tag


def folder_of(image: str) -> str:
    """Return the folder that a stand-in is built from."""
    last = image.rsplit("/", 1)[-1]
    return {"opentelemetry-collector": "collector"}.get(last, last)


def build_all() -> None:
    """Build what is missing."""
    base()
    images = {name: tag for name, tag in wanted().items() if name not in WITHOUT}
    for name, tag in (from_python(), *images.items()):
        if not there(f"{name}:{tag}"):
            _build(f"{name}:{tag}", folder_of(name), tag)


def build_ours() -> None:
    """Build our own images; a layer that is there already costs nothing."""
    for target in ("service", "console"):
        tag = f"{OURS}{target}:dev"
        print(f"building {tag} ...", flush=True)
        _run("docker", "build", "--network=host", "--target", target, "--tag", tag, CHECKOUT)


def there(image: str) -> bool:
    """Whether the engine has an image of that name."""
    asked = ("docker", "image", "inspect", image)
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def base() -> None:
    """Make the Debian that all stand-ins are built on."""
    if there(BASE):
        return
    with tempfile.TemporaryDirectory() as folder:
        tar = Path(folder) / "base.tar"
        _run("mmdebstrap", "--variant=minbase", "--include=ca-certificates", SUITE, tar)
        _run("docker", "import", tar, BASE)


def _build(image: str, folder: str, tag: str) -> None:
    print(f"building a stand-in for {image} ...", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        context = Path(scratch) / folder
        shutil.copytree(HERE / folder, context)
        add = CONTEXTS.get(folder)
        if add:
            add(context, tag.removeprefix("v"))
        _run("docker", "build", "--network=host", "--tag", image, context)


def _python(context: Path, _tag: str) -> None:
    """Have pip inside ask where pip outside asks, and trust what this machine trusts."""
    if CERTIFICATES.exists():
        shutil.copy(CERTIFICATES, context / "ca-certificates.crt")
    else:
        (context / "ca-certificates.crt").touch()
    said = subprocess.run(
        (sys.executable, "-m", "pip", "config", "list"), capture_output=True, text=True, check=True
    ).stdout
    lines = [f"{key} = {value}" for key, value in _PIP_SETTING.findall(said)]
    head = ["[global]", f"cert = {CERTIFICATES}"]
    (context / "pip.conf").write_text("\n".join([*head, *lines, ""]))


def _kafka(context: Path, _tag: str) -> None:
    home = Home.find().make()
    if not kafka_jars.are_there(home):
        kafka_jars.fetch(home, print)
    shutil.copytree(kafka_jars.folder(home), context / "jars")


def _toxiproxy(context: Path, tag: str) -> None:
    for package, name in (("server", "toxiproxy"), ("cli", "toxiproxy-cli")):
        _go(context, "install", f"{TOXIPROXY}/{package}@v{tag}")
        (context / "go" / "bin" / package).rename(context / name)
    _forget_go(context)


def _collector(context: Path, tag: str) -> None:
    parts = (context / "builder.yaml").read_text()
    (context / "builder.yaml").write_text(re.sub(r"\bv0\.\d+\.\d+\b", f"v{tag}", parts))
    _go(context, "install", f"{BUILDER}@v{tag}")
    builder = context / "go" / "bin" / "builder"
    # Parts of it are missing from the public sum database; nothing but a test runs this.
    environment = _go_env(context) | {"GONOSUMDB": "go.opentelemetry.io"}
    _run(builder, "--config", "builder.yaml", cwd=context, env=environment)
    (context / "out" / "otelcol").rename(context / "otelcol")
    _forget_go(context)


def _go(context: Path, *words: str) -> None:
    _run("go", *words, cwd=context, env=_go_env(context))


def _go_env(context: Path) -> dict[str, str]:
    # Without cgo a program needs no libc, so an image may hold nothing else.
    return os.environ | {
        "GOPATH": str(context / "go"),
        "GOFLAGS": "-trimpath -modcacherw",
        "CGO_ENABLED": "0",
    }


def _forget_go(context: Path) -> None:
    for made in ("go", "out"):
        shutil.rmtree(context / made, ignore_errors=True)


CONTEXTS: dict[str, Callable[[Path, str], None]] = {
    "python": _python,
    "kafka": _kafka,
    "toxiproxy": _toxiproxy,
    "collector": _collector,
}


def _run(*words: object, cwd: Path = CHECKOUT, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=env or os.environ | {"DOCKER_BUILDKIT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise SystemExit(f"{' '.join(map(str, words[:4]))} failed:\n{tail}")


if __name__ == "__main__":
    build_all()
    build_ours()
    print(json.dumps({"without a stand-in": WITHOUT}, indent=1))
