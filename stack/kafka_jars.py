"""Apache Kafka's published jars, fetched through Maven and checked against sums we recorded.

Maven knows where jars come from on this machine (mirrors, proxies, a company's repository), so we
name versions only. What arrives is compared with `locks/kafka-jars.sha256`: exactly these files,
no other, or nothing is kept.
"""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from stack.home import CHECKOUT, Home
from stack.trouble import Trouble

KAFKA = "4.1.1"
LOCK = CHECKOUT / "locks" / "kafka-jars.sha256"
PACKAGES = ("openjdk-17-jre-headless", "maven")
"""What Debian and Ubuntu call what we need."""
DOWNLOAD_MB, DISK_MB = 62, 44
OLDEST_JAVA = 17
GIVE_UP_AFTER_S = 300
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_WANTED = (
    ("org.apache.kafka", "kafka_2.13", KAFKA),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3"),  # or the broker logs nothing
)


class CannotBeHad(Exception):  # noqa: N818 - a state of this machine
    """Apache Kafka is not available here; the sentence says why."""


def folder(home: Home) -> Path:
    """Return where this version's jars lie."""
    return home.path / "cache" / "kafka" / KAFKA


def java() -> str:
    """Return a Java that is new enough."""
    found = shutil.which("java")
    if found is None:
        raise CannotBeHad("there is no Java")
    done = _run((found, "-version"), timeout_s=20)
    version = re.search(r'version "(\d+)', done.stderr)
    if done.returncode != 0 or version is None:
        raise CannotBeHad("there is no Java")  # macOS ships a `java` that only says so
    if int(version[1]) < OLDEST_JAVA:
        raise CannotBeHad(f"Java {version[1]} is too old (Kafka 4 needs {OLDEST_JAVA})")
    return found


def are_there(home: Home, lock: Path = LOCK) -> bool:
    """Whether the jars were fetched and checked against the sums that we have now."""
    stamp = folder(home) / "checked"
    if not stamp.exists() or stamp.read_text() != _fingerprint(lock):
        return False
    return all((folder(home) / name).exists() for name in recorded(lock))


def fetch(home: Home, say: Callable[[str], None], lock: Path = LOCK) -> None:
    """Fetch and check the jars; a draft folder, so that half a download never counts."""
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotBeHad("there is no Maven to fetch Kafka's jars with")
    say(f"Fetching Apache Kafka {KAFKA} through Maven (about {DOWNLOAD_MB} MB, once) ...")
    draft = folder(home).with_name(f".{KAFKA}.new")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        (draft / "pom.xml").write_text(pom())
        _copy_dependencies(maven, draft)
        check(draft / "jars", lock)
        (draft / "jars" / "checked").write_text(_fingerprint(lock))
        shutil.rmtree(folder(home), ignore_errors=True)
        (draft / "jars").rename(folder(home))
    except OSError as error:
        raise Trouble(f"Kafka's jars cannot be stored: {error.strerror}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    say(f"Apache Kafka {KAFKA} is here, {len(recorded(lock))} jars as recorded.")


def pom() -> str:
    """Return a Maven project that does nothing but depend on Kafka, in exact versions."""
    wanted = "\n".join(
        f"    <dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, name, version in _WANTED
    )
    return f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>shortcircuit</groupId><artifactId>kafka</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
{wanted}
  </dependencies>
</project>
"""


def recorded(lock: Path = LOCK) -> dict[str, str]:
    """Return file name -> sha256, as recorded in the repository."""
    lines = (line.split() for line in lock.read_text().splitlines())
    return {name: digest for digest, name in (words for words in lines if len(words) == 2)}


def check(jars: Path, lock: Path = LOCK) -> None:
    """Refuse anything but the recorded files."""
    known = recorded(lock)
    there = {path.name: path for path in jars.glob("*.jar")}
    strange = sorted(known.keys() ^ there.keys())
    if strange:
        raise Trouble(f"Maven did not bring what is recorded in locks/: {', '.join(strange)}.")
    for name, path in there.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != known[name]:
            raise Trouble(f"{name} is not the file that is recorded in locks/; it was not kept.")


def _copy_dependencies(maven: str, draft: Path) -> None:
    # A repository of its own: neither read from nor left behind in the person's ~/.m2.
    repository = f"-Dmaven.repo.local={draft / 'repository'}"
    to = f"-DoutputDirectory={draft / 'jars'}"
    done = _run(
        (maven, "-B", "-q", "-f", str(draft / "pom.xml"), repository, _PLUGIN, to),
        timeout_s=GIVE_UP_AFTER_S,
    )
    if done.returncode != 0:
        said = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
        why = said[0].removeprefix("[ERROR] ")[:160] if said else f"exit code {done.returncode}"
        raise CannotBeHad(f"Maven could not fetch Kafka's jars: {why}")


def _run(argv: tuple[str, ...], timeout_s: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own command
            argv, capture_output=True, text=True, check=False, timeout=timeout_s
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBeHad(f"{Path(argv[0]).name} did not work: {error}") from error


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
