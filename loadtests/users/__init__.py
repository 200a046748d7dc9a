"""Kinds of users: one per file, and the table of them."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from loadtests.bad_plan import BadPlan
from loadtests.users.create_then_follow import CreateThenFollow
from loadtests.users.creator import Creator
from loadtests.users.edit_then_follow import EditThenFollow
from loadtests.users.editor import Editor
from loadtests.users.login import Login
from loadtests.users.reader import Reader
from loadtests.users.scanner import Scanner
from loadtests.users.script import Account, Answer, Request, Script, Turn, User
from loadtests.users.visitor import Visitor
from loadtests.users.visitor_head import VisitorHead

USERS: dict[str, type[Any]] = {
    "visitor": Visitor,
    "visitor_head": VisitorHead,
    "scanner": Scanner,
    "creator": Creator,
    "editor": Editor,
    "login": Login,
    "reader": Reader,
    "create_then_follow": CreateThenFollow,
    "edit_then_follow": EditThenFollow,
}


def user_of(kind: str, args: Mapping[str, Any]) -> User:
    """Build the user that `"user"` and `"args"` of a phase describe, or say what is wrong."""
    if kind not in USERS:
        raise BadPlan(f"there is no user {kind!r}; there are {', '.join(sorted(USERS))}")
    known = {field.name: field for field in fields(USERS[kind])}
    if strange := sorted(set(args) - set(known)):
        raise BadPlan(f"user {kind!r} has no {', '.join(strange)}; it has {', '.join(known)}")
    needed = {n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(name for name in needed if not args.get(name)):
        raise BadPlan(f"user {kind!r} needs {', '.join(missing)}")
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in args.items()}
    user: User = USERS[kind](**given)
    return user


__all__ = ["USERS", "Account", "Answer", "Request", "Script", "Turn", "User", "user_of"]
