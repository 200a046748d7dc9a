"""Codes: what a generated one looks like, what an alias may be, and how either is looked up.

A generated code is seven characters of base62, and its case matters. An alias compares
case-insensitively. Both live in one unique column, `links.code_key`: the code itself, or the alias
in lower case. So a visitor's code has at most two keys, and each lookup is an equality.
"""

import re
import secrets
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
LENGTH = 7  # 62^7 = 3.5 * 10^12: at a billion links one attempt in 3,500 collides
ALIAS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{1,62})[A-Za-z0-9]")
RESERVED = frozenset(
    {
        "about", "abuse", "account", "accounts", "admin", "api", "app", "assets", "auth", "blog",
        "console", "contact", "dashboard", "docs", "favicon", "health", "healthz", "help", "home",
        "index", "legal", "link", "links", "livez", "login", "logout", "metrics", "new", "null",
        "openapi", "privacy", "problems", "readyz", "redoc", "register", "root", "security",
        "settings", "signin", "signup", "static", "stats", "status", "support", "swagger",
        "system", "terms", "undefined", "user", "users", "well-known", "www",
    }
)  # fmt: skip
_GENERATED = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")


def generate() -> str:
    """A code that nobody can guess from the ones before it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_alias(text: str) -> bool:
    """3 to 64 letters, digits, `-` and `_`, with a letter or digit at both ends."""
    return ALIAS.fullmatch(text) is not None


def alias_key(alias: str) -> str:
    """The alias as it is compared."""
    return alias.lower()


def is_reserved(alias: str) -> bool:
    """Whether the service needs this word for itself."""
    return alias_key(alias) in RESERVED


def lookup_keys(code: str) -> tuple[str, ...]:
    """The values of `code_key` under which a visitor's code may be found, best first.

    Empty when no code looks like that, so nobody has to be asked.
    """
    if _GENERATED.fullmatch(code):
        lowered = code.lower()
        return (code,) if code == lowered else (code, lowered)
    return (alias_key(code),) if is_alias(code) else ()
