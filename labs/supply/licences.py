"""docs/licences.md: under what licence each locked package comes.

Read from the installed packages' own metadata. A package that is not installed here (another
platform's, or an optional one) keeps the row it has; one without a row is an error.
"""

import importlib.metadata
import re
from email.message import Message

from labs.supply.locks import CHECKOUT, every_pin

PAGE = CHECKOUT / "docs" / "licences.md"
UNKNOWN = "unknown"
_ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_HEAD = """# Licences

What the locks install, and under what licence each says that it comes. Written by
`./lab audit --write` from the packages' own metadata, nothing looked up elsewhere; a test compares.

| package | version | licence |
| --- | --- | --- |
"""
# Names in the free-text field of old metadata, as SPDX writes them. Whole texts are cut to a name.
# Classifiers that approve of a licence without naming it.
_NO_LICENCE = ("License :: OSI Approved", "License :: DFSG approved")
_SAID = {
    "mit license": "MIT", "mit": "MIT", "the mit license": "MIT", "expat license": "MIT",
    "bsd": "BSD-3-Clause", "bsd license": "BSD-3-Clause", "bsd 3-clause license": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
    "apache software license": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0", "apache-2": "Apache-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "isc license (iscl)": "ISC", "isc license": "ISC",
    "the unlicense (unlicense)": "Unlicense",
}  # fmt: skip


def page() -> str:
    """The page as it must be for what is locked and installed."""
    before = {row[0]: row[2] for row in rows(PAGE.read_text() if PAGE.exists() else "")}
    lines = [
        f"| {name} | {', '.join(sorted(versions))} | {licence} |\n"
        for name, versions in sorted(every_pin().items())
        for licence in [installed(name) or before.get(name, UNKNOWN)]
    ]
    return _HEAD + "".join(lines)


def rows(text: str) -> list[tuple[str, str, str]]:
    """Name, versions and licence of each row."""
    return [
        (row[0], row[1], row[2]) for row in _ROW.findall(text) if row[0] not in ("package", "---")
    ]


def installed(name: str) -> str:
    """What the installed package says; empty when it is not here or says nothing."""
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    return said_in(metadata)


def said_in(metadata: Message | importlib.metadata.PackageMetadata) -> str:
    """The licence in a package's metadata: the expression, else the classifiers, else the text."""
    expression = str(metadata.get("License-Expression") or "")  # type: ignore[union-attr]
    if expression:
        return expression
    marked = [
        str(line).rsplit(" :: ", 1)[-1]
        for line in metadata.get_all("Classifier") or []
        if str(line).startswith("License :: ") and str(line) not in _NO_LICENCE
    ]
    text = str(metadata.get("License") or "").strip().partition("\n")[0]  # type: ignore[union-attr]
    return " AND ".join(sorted({_SAID.get(one.lower(), one) for one in marked or [text] if one}))
