"""What can be said about a lab's content without running it, in seconds: is all there, does it fit?

`./lab test` runs this over the whole catalogue; `./lab verify` refuses a lab that does not pass it.
"""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from chaos.client import matching
from labs.engine.actions import ACTIONS
from labs.engine.catalogue import CHECKOUT, HINT_KINDS, LabError, LabFolder, shown
from labs.engine.content_evenings import missing
from labs.engine.guards import GUARDS
from labs.engine.measures import measures_of
from labs.engine.measures.registry import load_claims
from labs.engine.model import Lab
from labs.engine.plan import plan_of
from labs.engine.tree import lay_variant
from labs.engine.verify_symptoms import unnamed
from loadtests.bad_plan import BadPlan
from loadtests.plan import plan_of as read_plan
from stack.components.proxy import routes

LONGEST_RUN_S = 12.0
FEWEST_RIGHT, FEWEST_WRONG = 1, 3
_TOUCHED = re.compile(r"^(?:---|\+\+\+) [ab]/(\S+)", re.MULTILINE)  # not a removed `-- SQL comment`


def complaints(folder: LabFolder, source: Path = CHECKOUT) -> list[str]:
    """Return everything that is wrong with a lab's content, a sentence each."""
    try:
        lab = folder.lab
    except LabError as error:
        return [error.said]
    found = [*_texts(folder, lab), *_names(folder, lab), *_timeline(lab), *_patches(folder, lab)]
    found += [*unnamed(folder, lab), *missing(folder, lab)]
    return found or list(_apply(folder, source))


def _texts(folder: LabFolder, lab: Lab) -> Iterator[str]:
    for name in ("page.md", "hints.md", "debrief.md"):
        if not (folder.path / name).is_file():
            yield f"{shown(folder.path / name)} is missing"
    page = folder.path / "page.md"
    if page.is_file():
        text = page.read_text(encoding="utf-8")
        if text.splitlines()[0] != f"# {lab.title}":
            yield f"{shown(page)} must begin with the title: # {lab.title}"
        if re.search(rf"\b{re.escape(lab.slug)}\b", text, re.IGNORECASE):
            yield f"{shown(page)} gives the slug away ({lab.slug})"
    if (folder.path / "hints.md").is_file():
        hints = folder.hints()
        if len(hints) != len(HINT_KINDS) or not all(hints):
            kinds = "; ".join(HINT_KINDS)
            yield f"hints.md needs four sections that begin with `## `, none empty: {kinds}"


def _names(folder: LabFolder, lab: Lab) -> Iterator[str]:
    """Every name in lab.toml means something."""
    measures = measures_of(folder.path)
    asked = [("claim", c.id, c.measure, c.of) for c in lab.claim]
    asked += [("prediction", p.id, p.measure, p.of) for p in lab.prediction]
    phases = {phase.name for phase in lab.load}
    for kind, name, measure, of in asked:
        if measure not in measures:
            near = difflib.get_close_matches(measure, measures, n=1)
            also = f"the nearest is {near[0]}" if near else "./lab new --measures lists them"
            yield f"{kind} {name}: there is no measure {measure!r}; {also}"
        elif refused := measures[measure].refuses(of):
            yield f"{kind} {name}: measure {measure} cannot be read with these `of`: {refused}"
        if of.get("phase", lab.load[0].name) not in phases:
            yield f"{kind} {name}: there is no [[load]] named {of['phase']!r}"
    _, own = load_claims(folder.path)
    for action in lab.action:
        if action.do not in ACTIONS.keys() | own.keys():
            yield f"action {action.name}: there is no action {action.do!r}"
    known = {claim.id for claim in lab.claim if not claim.stretch}
    known |= {guard.id for guard in GUARDS} | {"starts", "steady", "guard.load"}
    rejected = [("wrong", name, wrong.fails_on) for name, wrong in lab.wrong.items()]
    rejected += [("cheat", name, cheat.fails_on) for name, cheat in lab.cheat.items()]
    for kind, name, fails_on in rejected:
        if fails_on not in known:
            yield f"{kind}.{name}: fails_on {fails_on!r} is no claim and no guard"


def _timeline(lab: Lab) -> Iterator[str]:
    for fault in lab.fault:
        pattern = str(fault.spec.get("proxy", "*"))
        if not matching(pattern, list(routes())):
            links = ", ".join(routes())
            yield f"fault {fault.name}: no link is called {pattern!r}; there are {links}"
    if lab.length_s > LONGEST_RUN_S:
        yield f"the timeline is {lab.length_s:g} s long; {LONGEST_RUN_S:g} s is the most"
    for first, second in pairwise(sorted(lab.action, key=lambda action: action.at_s)):
        if first.at_s == second.at_s and not (first.after_load and second.after_load):
            yield (
                f"actions {first.name} and {second.name} begin in the same second, side by side;"
                " `after_load = true` on both puts them in the file's order"
            )
    try:
        read_plan(plan_of(lab, lambda _name: "http://127.0.0.1:1"))
    except BadPlan as error:
        yield f"[[load]]: {error}"


def _patches(folder: LabFolder, lab: Lab) -> Iterator[str]:
    if not folder.bug.is_file():
        yield f"{shown(folder.bug)} is missing"
    for kind, told, fewest in (
        ("right", set(lab.right), FEWEST_RIGHT),
        ("wrong", set(lab.wrong), FEWEST_WRONG),
        ("cheat", set(lab.cheat), 0),
    ):
        there = {path.stem for path in (folder.path / kind).glob("*.patch")}
        for name in sorted(there - told):
            yield f"{kind}/{name}.patch has no table [{kind}.{name}]"
        for name in sorted(told - there):
            yield f"[{kind}.{name}] has no file {kind}/{name}.patch"
        if len(there) < fewest:
            yield f"{kind}/ has {len(there)} patches; at least {fewest} must be there"
    for patch in sorted(folder.path.rglob("*.patch")):
        touched = set(_TOUCHED.findall(patch.read_text(encoding="utf-8")))
        elsewhere = sorted(name for name in touched if not name.startswith("services/"))
        if elsewhere:
            yield f"{shown(patch)} touches {elsewhere[0]}: only services/ is the learner's"


def _apply(folder: LabFolder, source: Path) -> Iterator[str]:
    """Lay out every variant; a Python file in one that cannot be read is a complaint, too."""
    with tempfile.TemporaryDirectory() as scratch:
        for variant in folder.variants():
            root = Path(scratch) / variant.replace("/", "-")
            try:
                lay_variant(folder, variant, root, source)
            except LabError as error:
                yield error.said
                continue
            for path in sorted(root.rglob("*.py")):
                try:
                    compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
                except SyntaxError as error:
                    yield f"{variant}: {path.relative_to(root)}:{error.lineno}: {error.msg}"
