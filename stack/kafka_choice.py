"""Which broker this machine can have: Apache Kafka, or librdkafka's in-memory one.

Decided, and fetched, by the command a person typed and not by the warden: only the terminal knows
the proxies, mirrors and paths of this machine. What was decided is remembered beside Kafka's data.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from stack import kafka_jars, kafka_memory
from stack.home import Home, write_atomically
from stack.kafka_jars import CannotBeHad

ASK_FOR = "LAB_KAFKA_BROKER"  # `memory`, for those who want it although they could have Apache's


@dataclass(frozen=True, slots=True)
class Choice:
    """A broker: Apache's and the Java to run it with, or the reason why it is in memory."""

    java: str = ""
    in_memory_because: str = ""

    @property
    def is_apache(self) -> bool:
        """Whether it is Apache Kafka."""
        return not self.in_memory_because

    @property
    def said(self) -> str:
        """What `status` shows."""
        if self.is_apache:
            return f"Apache Kafka {kafka_jars.KAFKA}"
        return f"in memory, forgets when it stops: {self.in_memory_because}"


def made(home: Home) -> Choice | None:
    """Return what was decided, None when nothing was or what it needs is gone."""
    try:
        choice = Choice(**json.loads(_file(home).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if choice.is_apache:
        return choice if Path(choice.java).exists() and kafka_jars.are_there(home) else None
    return choice if kafka_memory.is_there(home) else None


def ensure(home: Home, say: Callable[[str], None]) -> Choice:
    """Return the choice that stands, or make it."""
    standing = made(home)
    return choose(home, say) if standing is None or os.environ.get(ASK_FOR) else standing


def choose(home: Home, say: Callable[[str], None]) -> Choice:
    """Decide anew, and fetch what is not here yet. One line says so when it is in memory."""
    try:
        choice = Choice(java=_apache(home, say))
    except CannotBeHad as error:
        choice = Choice(in_memory_because=str(error))
        say(f"Kafka is librdkafka's in-memory broker here: {error}. It forgets when it stops.")
        kafka_memory.install(home, say)
    _file(home).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(_file(home), json.dumps(asdict(choice)) + "\n")
    return choice


def _apache(home: Home, say: Callable[[str], None]) -> str:
    if os.environ.get(ASK_FOR) == "memory":
        raise CannotBeHad(f"{ASK_FOR}=memory asks for it")
    java = kafka_jars.java()
    if not kafka_jars.are_there(home):
        kafka_jars.fetch(home, say)
    return java


def _file(home: Home) -> Path:
    return home.data("kafka") / "broker.json"
