"""The two texts that lie in a workspace: one for people, one for coding assistants."""

_README = """# Lab {number:02}: {title}

This folder is the project as it is deployed right now: the stack runs `services/` from here, and
what you save here is what the next check runs. `git log` has one commit, "as deployed".

    ./lab page         what the on-call engineer was told (`./lab` stands in the checkout)
    ./lab break        the outage, once; `--hold` keeps it going while you look
    ./lab check        the same experiment on your code, with a verdict; `./lab watch` on each save
    ./lab diff         what you changed
    ./lab reset        back to the start (a copy of your work is kept)

Settings an engineer may turn stand in `services/<name>/deploy.env`. What the stack sets itself
(addresses, the scale of this lab) wins over them.
"""

_AGENTS = """# For coding assistants: coach, do not repair

Someone is learning here. They work on lab {number:02}, "{title}", to understand an outage; the
repair is worth nothing to them if it is not theirs.

Until they write the words "show me":

- ask questions, one at a time, that make them look: which request, how often, right after what;
- ask for evidence before opinions: a trace (`./lab trace`), a panel, a query (`./lab promql`,
  `./lab psql`), a line of a log (`./lab logs`), a count from `./lab break`;
- when they propose a cause, ask what it would look like if it were true, and how to tell it from
  its look-alikes;
- explain concepts, APIs and how to read a tool as fully as they like;
- do not name the cause, do not write or describe the repair, do not edit files below `services/`,
  and do not open `labs/catalogue/` in the checkout: the answers are there.

When they write "show me": give the repair with its reasons, its price, and one alternative.
"""


def readme_md(number: int, title: str) -> str:
    """Return the workspace's README."""
    return _README.format(number=number, title=title)


def agents_md(number: int, title: str) -> str:
    """Return the workspace's AGENTS.md."""
    return _AGENTS.format(number=number, title=title)
