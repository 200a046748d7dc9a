import pytest
from lab_samples import LAB_TOML

from labs.engine.catalogue import CATALOGUE, LabFolder, all_labs
from labs.engine.content import complaints


@pytest.mark.parametrize("folder", all_labs(), ids=lambda folder: folder.path.name)
def test_every_lab_is_complete_and_every_patch_applies(folder):
    assert complaints(folder) == []


def test_every_folder_in_the_catalogue_is_a_lab():
    folders = {path.parent for path in CATALOGUE.glob("*/*/page.md")}

    assert {folder.path for folder in all_labs()} == folders


def test_no_two_labs_share_a_number():
    numbers = [folder.lab.number for folder in all_labs()]

    assert len(numbers) == len(set(numbers))


def told(folder, source):
    return "\n".join(complaints(LabFolder(folder.path), source))


NEAR = "".join(
    f'[[diagnosis.mechanism]]\nid = "near-{n}"\nsays = "x y z"\nwould = "x y z"\n' for n in range(4)
)
EVENINGS = f"""
[[prediction]]
id = "after"
when = "check"
asks = "And after the repair?"
unit = "s"
measure = "slowest_s"
given = ["100 requests a second"]

[diagnosis]
component = "cache"
components = ["edge", "cache"]
[[diagnosis.mechanism]]
id = "it"
says = "x y z"
right = true
{NEAR}"""


@pytest.fixture
def complete(folder, source):
    toml = folder.path / "lab.toml"
    text = LAB_TOML.replace('user = "visitor"', 'user = "visitor"\nargs = { codes = ["launch"] }')
    text += '[wrong.second]\nsays = "x y z"\nfails_on = "slowest"\n'
    text += '[wrong.third]\nsays = "x y z"\nfails_on = "guard.links"\n'
    text += (
        '[[symptom]]\nsays = "x y z"\ntrace = "GET"\nspan = "SELECT"\nread = "share"\nequals = 1\n'
    )
    text += EVENINGS
    (folder.path / "debrief.md").write_text("**A?** B.\n\n**C?** D.\n\n**E?** F.\n")
    toml.write_text(text.replace("level = 2", 'level = 2\nlook = ["./lab trace"]'))
    popular = (folder.path / "wrong" / "popular.patch").read_text()
    for name in ("second", "third"):
        (folder.path / "wrong" / f"{name}.patch").write_text(popular)
    return folder


def test_a_complete_lab_has_no_complaints(complete, source):
    assert told(complete, source) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("page.md", "# Every", "# Some", "must begin with the title"),
        ("page.md", "It is slow", "It is a sample", "gives the slug away"),
        ("hints.md", "## The diff", "The diff", "four sections"),
        ("lab.toml", 'measure = "slowest_s"', 'measure = "slow"', "there is no measure 'slow'"),
        ("lab.toml", 'of = { phase = "launch" }', "of = { face = 1 }", "cannot be read with"),
        ("lab.toml", 'of = { phase = "launch" }', 'of = { phase = "lunch" }', "no [[load]] named"),
        ("lab.toml", 'do = "sql"', 'do = "sing"', "there is no action 'sing'"),
        (
            "lab.toml",
            "[[action]]",
            '[[action]]\nname = "undo"\ndo = "sql"\nat_s = 3\nargs = { sql = "x" }\n\n[[action]]',
            "actions undo and correction begin in the same second, side by side",
        ),
        (
            "lab.toml",
            'kind = "kill", process = "shortener-a"',
            'kind = "proxy_down", proxy = "shortener-*.postgre"',
            "fault dead: no link is called 'shortener-*.postgre'; there are shortener-a.postgres",
        ),
        ("lab.toml", 'fails_on = "answered"', 'fails_on = "asked"', "is no claim and no guard"),
        ("lab.toml", "duration_s = 4", "duration_s = 14", "12 s is the most"),
        ("lab.toml", 'kind = "steady"', 'kind = "wobbly"', "[[load]]: "),
        ("lab.toml", "[right.other]", "[right.another]", "has no table [right.other]"),
        ("lab.toml", '"./lab trace"', '"./lab logs"', "no text of the lab and no `look` names"),
        ("bug.patch", "b = 2", "b = 7", "no longer applies"),
        ("bug.patch", "services/", "stack/", "only services/ is the learner's"),
        ("wrong/popular.patch", "+b = 3", "+b = = 3", "wrong/popular: services/shortener/"),
    ],
)
def test_what_is_wrong_with_a_lab_is_said(complete, source, file, old, new, complaint):
    path = complete.path / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    assert complaint in told(complete, source)
