"""The offline audit: locked versions against the advisories that are written down here."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

SNAPSHOT = Path(__file__).with_name("advisories.toml")


def fixed_in() -> dict[str, tuple[str, str]]:
    """Each advisory: the package, and the first version that has the repair."""
    listed = tomllib.loads(SNAPSHOT.read_text())["fixed_in"]
    return {name: (said.split()[0], said.split()[1]) for name, said in listed.items()}


def written() -> str:
    """The day that the snapshot stands for."""
    return str(tomllib.loads(SNAPSHOT.read_text())["written"])


def hits(pins: Mapping[str, set[str]]) -> list[str]:
    """Every locked version that an advisory speaks of."""
    return [
        f"{package} {version}: {advisory}, repaired in {repaired}"
        for advisory, (package, repaired) in sorted(fixed_in().items())
        for version in sorted(pins.get(package, ()))
        if release(version) < release(repaired)
    ]


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, to compare; a pre-release counts as its release."""
    leading = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in leading[0].split(".")) if leading else ()
