"""The state that a run starts from: the same rows every time, laid in with SQL.

Links that the seed names belong to accounts made here. Passwords are hashed once per password with
the parameters that the shortener uses, because a hundred accounts would cost twelve seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from labs.engine.model import Lab, SeedAccount, SeedLink

DEFAULT_COST = {  # what a hash costs where a lab's scale does not say otherwise
    "SHORTENER_PASSWORD_TIME_COST": 3,
    "SHORTENER_PASSWORD_MEMORY_KIB": 65_536,
    "SHORTENER_PASSWORD_PARALLELISM": 4,
}
Cost = tuple[int, int, int]
_NUMBER = re.compile(r"\{n(?::0?(\d+))?\}")


def expand(template: str, n: int) -> str:
    """Fill `{n}` or `{n:03}`; other braces stay as they are."""
    return _NUMBER.sub(lambda found: str(n).zfill(int(found.group(1) or 0)), template)


def codes_of(lab: Lab, wanted: str) -> list[str]:
    """Return the codes that a load's `codes` entry means: itself, or the range it names."""
    for link in lab.seed.link:
        if link.code == wanted:
            return [expand(wanted, n) for n in range(link.count)]
    return [wanted]


def accounts_of(lab: Lab, wanted: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the accounts that a load's `accounts` entry means, with the password of the seed."""
    for account in lab.seed.account:
        if account.email == wanted.get("email"):
            known = {"password": account.password, **wanted}
            return [{**known, "email": expand(account.email, n)} for n in range(account.count)]
    return [dict(wanted)]


def expected_urls(lab: Lab, code: str) -> frozenset[str]:
    """Return every URL that a code may rightly redirect to during a run."""
    urls = {url for link in lab.seed.link if (url := _url_of(link, code)) is not None}
    for action in lab.action:
        expect = action.args.get("expect")
        if isinstance(expect, dict) and expect.get("code") == code:
            urls.add(str(expect["url"]))
    return frozenset(urls)


def _url_of(link: SeedLink, code: str) -> str | None:
    found = _pattern(link.code).fullmatch(code)
    if found is None:
        return None
    if not found.groups():
        return expand(link.url, 0)
    n = int(found.group(1))
    inside = n < link.count and expand(link.code, n) == code
    return expand(link.url, n) if inside else None


@lru_cache(maxsize=256)
def _pattern(template: str) -> re.Pattern[str]:
    before, number, after = template, "", ""
    found = _NUMBER.search(template)
    if found is not None:
        before, number, after = template[: found.start()], r"(\d+)", template[found.end() :]
    return re.compile(re.escape(before) + number + re.escape(after))


def seed_sql(lab: Lab) -> str:
    """Return the SQL that lays the seed into an empty database of the current schema."""
    owners = {link.owner for link in lab.seed.link}
    accounts = {account.email: account for account in lab.seed.account}
    for owner in owners - accounts.keys():
        accounts[owner] = SeedAccount(email=owner)
    cost = _cost(lab)
    parts = [_account_sql(account, cost) for account in sorted(accounts.values(), key=_email)]
    parts += [_link_sql(link) for link in lab.seed.link]
    if lab.seed.link:
        parts.append(
            "UPDATE accounts SET links_used = owned.links FROM (SELECT owner_id, count(*) AS links"
            " FROM links GROUP BY owner_id) AS owned WHERE accounts.id = owned.owner_id;"
        )
    parts += [lab.seed.sql] if lab.seed.sql else []
    parts.append("ANALYZE accounts, links;")
    return "\n".join(parts)


def _email(account: SeedAccount) -> str:
    return account.email


def _cost(lab: Lab) -> Cost:
    """Return what a hash costs in this deployment: one of another cost is renewed at login."""
    time_cost, memory_kib, parallelism = (
        int(lab.scale.get(name, default)) for name, default in DEFAULT_COST.items()
    )
    return time_cost, memory_kib, parallelism


def _account_sql(account: SeedAccount, cost: Cost) -> str:
    email = _sql_template(account.email)
    return (
        f"INSERT INTO accounts (email, email_key, password_hash) SELECT {email}, lower({email}),"  # noqa: S608 - our own seed
        f" {_quoted(_hashed(account.password, cost))} FROM generate_series(0, {account.count - 1})"
        " AS n;"
    )


def _link_sql(link: SeedLink) -> str:
    code, url = _sql_template(link.code), _sql_template(link.url)
    return (
        f"INSERT INTO links (code, code_key, owner_id, url) SELECT {code}, {code}, accounts.id,"  # noqa: S608 - our own seed
        f" {url} FROM accounts, generate_series(0, {link.count - 1}) AS n"
        f" WHERE email_key = lower({_quoted(link.owner)});"
    )


def _sql_template(template: str) -> str:
    """Return the SQL expression that fills `{n}` from a column `n`."""
    found = _NUMBER.search(template)
    if found is None:
        return _quoted(template)
    width = found.group(1)
    number = f"lpad(n::text, greatest({width}, length(n::text)), '0')" if width else "n::text"
    before, after = template[: found.start()], template[found.end() :]
    return f"{_quoted(before)} || {number} || {_quoted(after)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@lru_cache(maxsize=16)
def _hashed(password: str, cost: Cost) -> str:
    from argon2 import PasswordHasher  # noqa: PLC0415 - not before something is hashed

    time_cost, memory_kib, parallelism = cost
    return PasswordHasher(time_cost, memory_kib, parallelism).hash(password)
