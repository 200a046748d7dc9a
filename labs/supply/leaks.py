"""The secret scan: what looks like a real key in a tracked file.

Two kinds of finding: forms that issuers give their keys, and a long random text that is assigned
to something called a secret. Test secrets of ours are sentences, on purpose: they are not random.
"""

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_FORMS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a cloud access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a code host's token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,}|glpat-[\w-]{20,})",
    "a chat token": r"\bxox[abeprs]-[A-Za-z0-9-]{20,}",
    "a model API key": r"\bsk-[A-Za-z0-9_-]{24,}",
    "a registry token": r"\b(?:pypi-AgEI[\w-]{20,}|npm_[A-Za-z0-9]{36})",
    "a signed token": r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}",
    "a password in an address": r"\b[a-z][a-z+]{2,}://[^\s:/@'\"{}<>$\[\]]+:[^\s:/@'\"{}<>$\[\]]{6,}@",
}
_FORM = re.compile("|".join(f"({pattern})" for pattern in _FORMS.values()))
_ASSIGNED = re.compile(
    r"(?i)(?:secret|token|passw(?:or)?d|api_?key)[\w-]*[\"']?\s*[:=]\s*[\"']?([\w+/=-]{24,})"
)
_LEAST_BITS = 3.4  # random hex has 4.0 a character, base64 6.0; 32 of them show less
_LARGEST = 1_000_000


def tracked(checkout: Path) -> list[Path]:
    """Every file that git would hand to others."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - the caller's own git
        cwd=checkout,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [checkout / name for name in listed.split("\0") if name]


def scan(checkout: Path) -> list[str]:
    """What looks like a secret, as `file:line kind`; the text itself is not repeated."""
    return [
        f"{path.relative_to(checkout)}:{number} {kind}"
        for path in tracked(checkout)
        if path.is_file() and path.stat().st_size < _LARGEST and not path.name.endswith(".lock")
        for number, kind in in_text(path.read_text(errors="replace"))
    ]


def in_text(text: str) -> Iterator[tuple[int, str]]:
    """Line number and kind of each finding."""
    kinds = list(_FORMS)
    for found in _FORM.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, kinds[(found.lastindex or 1) - 1]
    for found in _ASSIGNED.finditer(text):
        if is_random(found[1]):
            yield text.count("\n", 0, found.start()) + 1, "a random text called a secret"


def is_random(text: str) -> bool:
    """Whether a text has digits and letters and as many bits a character as a made-up key."""
    mixed = re.search(r"\d", text) and re.search(r"[A-Za-z]", text)
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return bool(mixed) and bits > _LEAST_BITS
