"""From the words on the command line to a fault's spec (`chaos.words` goes the other way)."""

import difflib
from dataclasses import dataclass
from typing import Any

from chaos.faults import KINDS, BadFault, parse
from chaos.proxy.toxics import TOXICS, attributes
from chaos.words import TARGETS
from stack.trouble import Trouble

_OPTIONAL = ("pattern",)
_SHORT = {"offset": "offset_s"}
_LIST = "./lab chaos"


@dataclass(frozen=True)
class Possible:
    """A fault that can be added, as the list shows it."""

    name: str
    target: str
    settings: dict[str, Any]
    says: str


def possible() -> list[Possible]:
    """Return all faults: the toxics by their own names, then the other kinds."""
    toxics = [
        Possible(name, "proxy", dict(attributes(toxic())) | {"toxicity": 1.0}, _says(toxic))
        for name, toxic in TOXICS.items()
    ]
    others = [
        Possible(kind.replace("_", "-"), TARGETS.get(kind, ""), _settings(kind), _says(fault))
        for kind, fault in KINDS.items()
        if kind != "toxic"
    ]
    return toxics + others


def spec_from(words: list[str], *, upstream: bool) -> dict[str, Any]:
    """Build the spec of `latency shortener-a.redis --latency 300`; Trouble says what is wrong."""
    if not words:
        raise Trouble("Which fault?", _LIST)
    kind = words[0].replace("-", "_")
    if kind not in TOXICS and (kind not in KINDS or kind == "toxic"):
        raise Trouble(_unknown(words[0]), _LIST)
    has_target = len(words) > 1 and not words[1].startswith("-")
    target = words[1] if has_target else ""
    settings = _pairs(words[1 + has_target :])
    spec = (
        _toxic(kind, target, settings, upstream=upstream)
        if kind in TOXICS
        else _other(kind, target, settings)
    )
    try:
        parse(spec)
    except BadFault as error:
        raise Trouble(f"{error}.".replace("..", "."), _LIST) from error
    return spec


def _toxic(kind: str, target: str, settings: dict[str, Any], *, upstream: bool) -> dict[str, Any]:
    if not target:
        raise Trouble(
            f"On which link? For example 'shortener-*.redis' for {kind}.",
            f"./lab chaos add {kind} 'shortener-*.redis'",
        )
    toxicity = settings.pop("toxicity", 1.0)
    stream = "upstream" if upstream else "downstream"
    toxic = {"type": kind, "stream": stream, "toxicity": toxicity, "attributes": settings}
    return {"kind": "toxic", "proxy": target, "toxic": toxic}


def _other(kind: str, target: str, settings: dict[str, Any]) -> dict[str, Any]:
    name = TARGETS.get(kind)
    if target and not name:
        raise Trouble(f"{kind.replace('_', '-')} takes no target ({target!r}).", _LIST)
    if name and not target and name not in _OPTIONAL:
        raise Trouble(f"{kind.replace('_', '-')}: which {name}?", _LIST)
    spec: dict[str, Any] = {"kind": kind}
    if name and target:
        spec[name] = target
    if kind == "partner":
        return spec | {"control": settings}
    return spec | settings


def _pairs(words: list[str]) -> dict[str, Any]:
    """Read `--name value` and `--name=value`."""
    settings: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise Trouble(f"{word!r} is not expected here: settings are --name value.", _LIST)
        name, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            if not rest:
                raise Trouble(f"--{name} needs a value.", _LIST)
            value = rest.pop(0)
        name = name.replace("-", "_")
        settings[_SHORT.get(name, name)] = _number(value)
    return settings


def _number(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _settings(kind: str) -> dict[str, Any]:
    if kind == "partner":  # any field of the partner's own control; these are the usual ones
        return {"delay_ms": None, "fail_ratio": None, "hang_ratio": None}
    fields = KINDS[kind].model_fields
    hidden = ("kind", TARGETS.get(kind))
    return {
        name: None if field.is_required() else field.default
        for name, field in fields.items()
        if name not in hidden
    }


def _says(kind: type[Any]) -> str:
    return str(kind.__doc__).strip().splitlines()[0].rstrip(".:") + "."


def _unknown(word: str) -> str:
    known = [one.name for one in possible()]
    near = difflib.get_close_matches(word.replace("_", "-"), known, n=1)
    near = near or difflib.get_close_matches(word.replace("-", "_"), known, n=1)
    return f"There is no fault {word!r}" + (f"; did you mean {near[0]}?" if near else ".")
