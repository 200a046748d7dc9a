"""A lab.toml that is complete, for tests to bend."""

from pathlib import Path

LAB_TOML = """
format = 1
number = 7
slug = "sample"
title = "Every two seconds"
module = "caching"
level = 2
minutes = 30
needs = ["postgres", "redis", "edge"]
cannot_show = ["a second region"]

[scale]
SHORTENER_CACHE_TTL_S = 2

[[seed.link]]
code = "launch"
url = "https://example.com/launch"

[[seed.link]]
code = "news{n:03}"
url = "https://example.com/news/{n}"
count = 50

[[load]]
name = "launch"
start_s = 0.5
duration_s = 4
shape = { kind = "steady", rps = 100 }
user = "visitor"

[[fault]]
name = "dead"
spec = { kind = "kill", process = "shortener-a" }
at_s = 5
for_s = 1

[[action]]
name = "correction"
do = "sql"
at_s = 3
args = { sql = "UPDATE links SET url = 'https://example.com/new' WHERE code = 'launch'" }

[[claim]]
id = "answered"
says = "everybody is answered"
measure = "ok_share"
of = { phase = "launch" }
at_least = 0.99
min_samples = 10
felt = "only {measured} of the visitors were answered"

[[claim]]
id = "slowest"
says = "nobody waits long"
measure = "slowest_s"
at_most = 2
unit = "s"

[[prediction]]
id = "worst"
when = "break"
asks = "How long did the slowest wait?"
unit = "s"
measure = "slowest_s"
given = ["100 requests a second"]

[right.other]
says = "another way"

[wrong.popular]
says = "what people try"
fails_on = "answered"
usual_answer = true
"""


def write_lab(
    root: Path, text: str = LAB_TOML, module: str = "caching", slug: str = "sample"
) -> Path:
    """Write one lab folder below a catalogue root and return it."""
    folder = root / module / slug
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lab.toml").write_text(text)
    return folder
