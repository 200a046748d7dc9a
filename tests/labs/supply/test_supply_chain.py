"""What we take from others is pinned, hashed, licensed, and not known to be broken."""

import re

import pytest

from labs.supply import advisories, leaks, licences, locks

HASH = "    --hash=sha256:" + "a" * 64
# Permissive, or copyleft that ends at the package's own files; the project only imports them.
ACCEPTED = {
    "MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Apache-2.0",
    "PSF-2.0", "Python-2.0", "MPL-2.0", "Unlicense", "Zlib", "ZPL-2.1", "HPND", "CC0-1.0",
}  # fmt: skip
# Others, each with the reason why it may stay.
EXCEPTIONS = {
    "axe-playwright-python": "its metadata says nothing; the licence file in its wheel is MIT",
    "docutils": "public domain and BSD; GPL is its Emacs mode alone, which we do not use",
}


@pytest.mark.parametrize("lock", locks.names(), ids=lambda lock: lock.name)
def test_every_package_is_pinned_with_hashes_and_no_registry_is_named(lock):
    assert len(locks.pins(lock)) > 0
    assert locks.faults(lock) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (f"flask==3.1.1 \\\n{HASH}\n", ""),
        ("flask==3.1.1\n", "has no hash"),
        (f"flask>=3 \\\n{HASH}\n", "is not pinned"),
        (f"flask @ https://files.example/flask.whl \\\n{HASH}\n", "names a place"),
        (f"--index-url https://x.example\nflask==3.1.1 \\\n{HASH}\n", "names a place"),
        (f"-i x\nflask==3.1.1 \\\n{HASH}\n", "names a place"),
        (f"--trusted-host x\nflask==3.1.1 \\\n{HASH}\n", "is an option"),
        ("flask==3.1.1 \\\n    --hash=md5:abc\n", "has no hash"),
    ],
)
def test_a_lock_with_a_hole_is_told(tmp_path, lines, told):
    lock = tmp_path / "some.lock"
    lock.write_text(lines)

    assert any(told in fault for fault in locks.faults(lock)) if told else not locks.faults(lock)


def test_the_page_of_licences_is_current():
    assert licences.PAGE.read_text() == licences.page(), "./lab audit --write"


def test_every_package_has_a_licence_that_we_accept():
    listed = licences.rows(licences.PAGE.read_text())
    refused = {
        name: licence
        for name, _, licence in listed
        if name not in EXCEPTIONS
        and not all(_accepted(part) for part in re.split(r" AND ", licence))
    }

    assert len(listed) == len(locks.every_pin())
    assert refused == {}


def _accepted(part: str) -> bool:
    """One of the alternatives is enough."""
    return any(one.strip("() ") in ACCEPTED for one in part.split(" OR "))


def test_no_locked_version_is_in_an_advisory():
    assert advisories.hits(locks.every_pin()) == []


def test_a_version_before_the_repair_is_found_and_the_repair_is_not():
    assert advisories.hits({"jinja2": {"3.1.5"}}) == [
        "jinja2 3.1.5: CVE-2025-27516, repaired in 3.1.6"
    ]
    assert advisories.hits({"jinja2": {"3.1.6", "3.10.0"}}) == []


def test_most_advisories_speak_of_what_we_lock():
    """Else the audit would be of somebody else's packages."""
    locked = locks.every_pin().keys()
    about_us = [package for package, _ in advisories.fixed_in().values() if package in locked]

    assert len(about_us) >= 20


def test_no_tracked_file_holds_a_secret():
    assert len(leaks.tracked(locks.CHECKOUT)) > 300
    assert leaks.scan(locks.CHECKOUT) == []


@pytest.mark.parametrize(
    "leaked",
    [
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a1B2" * 9,
        "sk-" + "a1B2c3D4" * 4,
        "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + "." + "s" * 43,
        "postgresql://app:" + "hunter22@db/x",
        'jwt_secret = "' + "9f86d081884c7d659a2feaa0c55ad015" + '"',
    ],
)
def test_a_secret_is_found_with_its_line(leaked):
    assert [number for number, _ in leaks.in_text(f"first\n{leaked}\nlast")] == [2]


@pytest.mark.parametrize(
    "harmless",
    [
        'jwt_secret = "a secret of at least thirty-two bytes"',
        "token = request.headers.get_the_authorization_header",
        "postgresql://shortener@127.0.0.1:5432/links",
        "password: Annotated[SecretStr, Field(min_length=MIN_LENGTH)]",
    ],
)
def test_what_is_no_secret_is_left_alone(harmless):
    assert list(leaks.in_text(harmless)) == []
