"""What a `lab.toml` may say, as frozen models; `labs/README.md` shows it to an author.

The description of a field is what an author reads when the key is missing or wrong, so each one
says what to write.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from labs.engine.bounds import Bounded, Name, Part, Sentence
from labs.engine.symptom import Symptom

FORMAT = 1
GUARD_PREFIX = "guard."
HARDEST = 5  # the last of the levels

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,30}$")]
Seconds = Annotated[float, Field(ge=0, le=900)]
Component = Literal["postgres", "redis", "edge", "prometheus", "kafka", "relay", "analytics"]
Environment = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]+$")]
Table = dict[str, Any]


class SeedLink(Part):
    """Links that exist before the run; with `count`, `{n}` in code and url counts from 0."""

    code: str = Field(description='code = "launch" (or "news{n:03}" with count = 50)')
    url: str = Field(description='url = "https://example.com/{n}"')
    count: int = Field(default=1, ge=1, le=2_000_000, description="count = 50")
    owner: str = Field(default="seed@shortcircuit.example", description='owner = "a@b.example"')


class SeedAccount(Part):
    """Accounts that exist before the run; with `count`, `{n}` in the email counts from 0."""

    email: str = Field(description='email = "someone@shortcircuit.example"')
    password: str = Field(default="correct horse battery staple", description='password = "..."')
    count: int = Field(default=1, ge=1, le=10_000, description="count = 40, all of one password")


class Seed(Part):
    """The state every run starts from."""

    link: tuple[SeedLink, ...] = Field(default=(), description="[[seed.link]] tables")
    account: tuple[SeedAccount, ...] = Field(default=(), description="[[seed.account]] tables")
    sql: str = Field(default="", description='sql = "INSERT ..." for what the others cannot say')


class Warm(Part):
    """Visits before the timeline, all at once and each one awaited: they open the pools."""

    codes: tuple[str, ...] = Field(min_length=1, description='codes = ["warm{n:02}"]')
    count: int = Field(ge=1, le=100, description="count = 40")
    to: Name = Field(default="edge", description='to = "edge", or one instance: "shortener-a"')


class Phase(Part):
    """One stretch of load; the shape and user are loadtests' words."""

    name: Name = Field(description='name = "launch"')
    start_s: Seconds = Field(description="start_s = 0.5, counted from the start of the timeline")
    duration_s: Seconds = Field(description="duration_s = 6.0")
    shape: Table = Field(description='shape = { kind = "steady", rps = 350 }')
    user: Name = Field(description='user = "visitor"')
    args: Table = Field(default_factory=dict, description='args = { codes = ["launch"] }')
    to: Name = Field(default="edge", description='to = "edge", or one instance: "shortener-a"')


class Fault(Part):
    """One fault on the timeline; `spec` is what the warden applies (contract: fault specs)."""

    name: Name = Field(description='name = "distance", a word for the report')
    spec: Table = Field(description='spec = { kind = "pause", process = "shortener-a" }')
    at_s: Seconds = Field(description="at_s = 2.0")
    for_s: float = Field(gt=0, le=900, description="for_s = 3.0")


class Action(Part):
    """Something the grader does at its second; `do` is a name from actions.py or claims.py."""

    name: Name = Field(description='name = "correction", what claims call it')
    do: Name = Field(description='do = "sql"')
    at_s: Seconds = Field(description="at_s = 3.0")
    every_s: float = Field(default=0.0, ge=0, description="every_s = 0.1 to repeat it")
    times: int = Field(default=1, ge=1, le=1000, description="times = 40 with every_s")
    after_load: bool = Field(
        default=False, description="after_load = true: when all is answered, in the file's order"
    )
    args: Table = Field(default_factory=dict, description='args = { sql = "UPDATE ..." }')

    @model_validator(mode="after")
    def _once_after_the_load(self) -> Action:
        if self.after_load and self.times > 1:
            raise ValueError("an action with after_load = true happens once; leave `times` out")
        return self


class Claim(Bounded):
    """One sentence that the run proves or does not; exactly one bound."""

    id: Name = Field(description='id = "loads"')
    says: Sentence = Field(description='says = "the database sees few reads per expiry"')
    measure: Name = Field(description='measure = "loads_per_expiry" (labs/engine/measures)')
    of: Table = Field(default_factory=dict, description='of = { phase = "launch" }')
    unit: str = Field(default="", description='unit = "reads per expiry"; empty for a bare count')
    min_samples: int = Field(default=1, ge=0, description="min_samples = 3")
    felt: str = Field(default="", description='felt = "{measured} people waited ..."')
    traded: str = Field(default="", description='traded = "corrections came late"')
    stretch: bool = Field(default=False, description="stretch = true: shown, not needed")


class Prediction(Part):
    """A question with a number for an answer, asked before the run that measures it."""

    id: Name = Field(description='id = "worst-moment"')
    when: Literal["break", "check"] = Field(description='when = "break" or "check"')
    asks: Sentence = Field(description='asks = "How many ...?"')
    unit: str = Field(description='unit = "reads"')
    measure: Name = Field(description='measure = "peak_concurrency"')
    of: Table = Field(default_factory=dict, description='of = { phase = "launch" }')
    given: tuple[Sentence, ...] = Field(description='given = ["350 requests a second", ...]')


class Mechanism(Part):
    """One cause a learner may name; near misses say what they would have looked like."""

    id: Name = Field(description='id = "no-coalescing"')
    says: Sentence = Field(description='says = "every miss reads by itself"')
    right: bool = Field(default=False, description="right = true on exactly one")
    would: str = Field(default="", description='would = "With that cause you would have seen ..."')


class Diagnosis(Part):
    """Where it is and what it is, among near misses."""

    component: Name = Field(description='component = "cache"')
    components: tuple[Name, ...] = Field(description='components = ["cache", "database", ...]')
    mechanism: tuple[Mechanism, ...] = Field(description="[[diagnosis.mechanism]], five of them")

    @model_validator(mode="after")
    def _one_right(self) -> Diagnosis:
        if sum(mechanism.right for mechanism in self.mechanism) != 1:
            raise ValueError("needs exactly one [[diagnosis.mechanism]] with right = true")
        if any(not (m.right or m.would) for m in self.mechanism):
            raise ValueError("each near miss needs `would`: what that cause would have looked like")
        if self.component not in self.components:
            raise ValueError("`component` must be one of `components`")
        return self


class Wrong(Part):
    """What a wrong repair must be rejected on."""

    fails_on: str = Field(
        description='fails_on = "loads", a claim id or a guard such as "guard.links"'
    )
    says: Sentence = Field(description='says = "jitter on the TTL", for the kill table')
    usual_answer: bool = Field(default=False, description="usual_answer = true on at most one")


class Cheating(Part):
    """A workspace that cheats, and what must see through it (see `labs/cheats`)."""

    fails_on: str = Field(description='fails_on = "logins", a claim id or a guard')
    says: Sentence = Field(description='says = "a slower login as the yardstick"')


class Right(Part):
    """A repair besides the reference."""

    says: Sentence = Field(description='says = "a lease in Redis"')


class Lab(Part):
    """A whole lab.toml."""

    format: Literal[1] = Field(description="format = 1")
    number: int = Field(ge=1, le=99, description="number = 7")
    slug: Slug = Field(description='slug = "stampede", the name of its folder')
    title: Sentence = Field(description='title = "Every two seconds": symptom, never the cause')
    module: Name = Field(description='module = "caching", the folder above')
    level: int = Field(ge=1, le=HARDEST, description="level = 2, from 1 to 5")
    minutes: int = Field(ge=5, le=180, description="minutes = 35, from trying it")
    needs: tuple[Component, ...] = Field(description='needs = ["postgres", "redis", "edge"]')
    scale: dict[Environment, str | int | float] = Field(
        default_factory=dict, description='[scale] with SHORTENER_CACHE_TTL_S = "2"'
    )
    seed: Seed = Field(default=Seed(), description="[[seed.link]] and [[seed.account]]")
    warm: tuple[Warm, ...] = Field(default=(), description="[[warm]] tables")
    load: tuple[Phase, ...] = Field(min_length=1, description="[[load]] tables, at least one")
    fault: tuple[Fault, ...] = Field(default=(), description="[[fault]] tables")
    action: tuple[Action, ...] = Field(default=(), description="[[action]] tables")
    claim: tuple[Claim, ...] = Field(min_length=1, description="[[claim]] tables, at least one")
    symptom: tuple[Symptom, ...] = Field(default=(), description="[[symptom]] tables")
    prediction: tuple[Prediction, ...] = Field(default=(), description="[[prediction]] tables")
    diagnosis: Diagnosis | None = Field(default=None, description="[diagnosis]")
    cannot_show: tuple[Sentence, ...] = Field(default=(), description='cannot_show = ["..."]')
    look: tuple[Sentence, ...] = Field(
        default=(), max_length=3, description='look = ["./lab trace", ...], what break ends with'
    )
    timeout_s: float = Field(
        default=5.0, gt=0, le=60, description="timeout_s = 5.0, when a visitor gives up"
    )
    recover_s: Seconds = Field(default=0.5, description="recover_s = 0.5, quiet time at the end")
    right: dict[Name, Right] = Field(default_factory=dict, description="[right.name]")
    wrong: dict[Name, Wrong] = Field(default_factory=dict, description="[wrong.name]")
    cheat: dict[Name, Cheating] = Field(default_factory=dict, description="[cheat.name]")

    @model_validator(mode="after")
    def _names_are_unique(self) -> Lab:
        named = {
            "claim id": [claim.id for claim in self.claim],
            "load name": [phase.name for phase in self.load],
            "fault name": [fault.name for fault in self.fault],
            "action name": [action.name for action in self.action],
            "prediction id": [prediction.id for prediction in self.prediction],
        }
        for kind, names in named.items():
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{kind} {', '.join(twice)} stands twice; each needs its own")
        if sum(wrong.usual_answer for wrong in self.wrong.values()) > 1:
            raise ValueError("usual_answer = true may stand on one [wrong.*] only")
        return self

    @property
    def skewed(self) -> tuple[str, ...]:
        """Processes whose clock a fault moves: they must be started for it."""
        faults = (fault.spec for fault in self.fault)
        return tuple(
            sorted({str(spec["process"]) for spec in faults if spec.get("kind") == "clock_skew"})
        )

    @property
    def length_s(self) -> float:
        """Seconds from the start of the timeline to the end of its last event."""
        ends = [phase.start_s + phase.duration_s for phase in self.load]
        ends += [fault.at_s for fault in self.fault]
        ends += [action.at_s + action.every_s * (action.times - 1) for action in self.action]
        return max(ends) + self.recover_s
