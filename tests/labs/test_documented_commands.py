"""Every `./lab` command that a page shows is one that `lab` knows, options and all."""

import re

import pytest
import typer
from e2e.session import BEGINS, SESSION, Step, commands_in

from labs.commands.verbs import register
from labs.engine.catalogue import CHECKOUT

PAGES = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md"), CHECKOUT / "labs/README.md"])
_SHOWN = re.compile(r"\./lab((?: [^\s`|#(\[\"'&;]+)*)")
OF_THE_LAUNCHER = {"--yes", "--plain", "--json", "--help", "--on"}  # heard before any verb
PASSED_ON = {"psql", "redis-cli", "curl", "test", "promql"}  # what stands behind is not ours


@pytest.fixture(scope="module")
def known():
    """The options of each verb."""
    app = typer.Typer()
    register(app, ["--help"])
    verbs = typer.main.get_command(app).commands
    return {name: options_of(verb) for name, verb in verbs.items()}


def options_of(verb):
    """The options of a verb and of what stands below it."""
    own = {option for one in verb.params for option in (*one.opts, *one.secondary_opts)}
    return own.union(*map(options_of, getattr(verb, "commands", {}).values()))


def complaint(known, words):
    """What is wrong with one command; nothing when nothing is."""
    words = [word.strip(".,:;!?)") for word in words if word.strip(".,:;!?)")]
    if words[:1] == ["--on"]:
        words = words[2:]
    words = [word for word in words if word not in OF_THE_LAUNCHER]
    if not words or not re.fullmatch(r"[a-z-]+", words[0]):
        return ""
    if words[0] not in known:
        return f"there is no verb {words[0]}"
    if words[0] in PASSED_ON:
        return ""
    options = [word.split("=")[0] for word in words[1:] if re.match("--[a-z]", word)]
    unknown = [option for option in options if option not in known[words[0]]]
    return f"{words[0]} has no {unknown[0]}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_a_page_shows_commands_that_exist(known, page):
    shown = [found.group(1).split() for found in _SHOWN.finditer(page.read_text())]

    assert [said for words in shown if (said := complaint(known, words))] == []


def test_a_command_that_is_gone_would_be_found(known):
    assert complaint(known, ["sart", "07"]) == "there is no verb sart"
    assert complaint(known, ["team", "--labs", "07"]) == "team has no --labs"
    assert complaint(known, ["oncall", "--seed", "7", "--labs", "01,03"]) == ""


def test_the_session_in_the_readme_is_the_one_that_the_script_runs():
    readme = (CHECKOUT / "README.md").read_text()

    assert BEGINS in readme
    assert commands_in(readme) == [one.command for one in SESSION if isinstance(one, Step)]


def test_the_session_in_the_readme_goes_from_start_to_share_and_tells_no_repair():
    readme = (CHECKOUT / "README.md").read_text()
    session = readme.split(BEGINS)[1].split("<!-- end of session")[0]
    folder = CHECKOUT / "labs/catalogue/caching/stampede"
    hints, debrief = ((folder / name).read_text() for name in ("hints.md", "debrief.md"))

    assert commands_in(readme)[0].startswith("./lab start")
    assert commands_in(readme)[-1] == "./lab share"
    told = [line.strip() for line in session.splitlines() if len(line.strip()) > 40]
    assert [line for line in told if line in hints or line in debrief] == []
    for word in ("lease", "single-flight", "singleflight", "coalesc", "one fetches", "diff --git"):
        assert word not in session.lower()
