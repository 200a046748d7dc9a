"""Kafka: Apache's broker where Java can be had, librdkafka's in-memory one where not.

A Kafka client is told by the broker where to connect next. So each client has a listener of its own
that advertises that client's fault proxy, or it would leave the faulty path with its first answer.
"""

import asyncio
import base64
import logging
import subprocess
import uuid
from pathlib import Path

from stack import kafka_choice, kafka_jars, kafka_memory, walls
from stack.components.component import Defaults
from stack.components.proxy import CLIENTS
from stack.home import LOOPBACK, Home
from stack.interpreter import plain_env
from stack.kafka_choice import Choice
from stack.kafka_wire import metadata
from stack.trouble import Trouble

TOPICS = ("link-events", "clicks", "dead-letters")
PARTITIONS = 4  # what the in-memory broker gives every topic; both must be alike
HEAP_MB = 256
CONTROLLER = "kafka.controller"
LISTENERS = {c: f"kafka.{c}" for c, dependencies in CLIENTS.items() if "kafka" in dependencies}
"""Client -> the port name of its listener. The direct listener is `kafka`."""

log = logging.getLogger("warden")


class Kafka(Defaults):
    """One broker for the stack. Which of the two it is was decided at its last start."""

    name = "kafka"
    walls = walls.Walls.UNPRIVILEGED
    ready_within_s = 30.0
    stop_within_s = 4.0

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.ports = (self.name, CONTROLLER, *LISTENERS.values())

    @property
    def choice(self) -> Choice:
        """The broker that was chosen; before that, the one that will be tried first."""
        return kafka_choice.made(self.home) or Choice(java="java")

    def argv(self) -> tuple[str, ...]:
        """Return the command of the broker that was chosen."""
        if self.choice.is_apache:
            properties = str(self.cwd() / "server.properties")
            return _java(self.home, self.choice, "kafka.Kafka", properties)
        return kafka_memory.argv(self.home, _advertised(self.home))

    def env(self) -> dict[str, str]:
        """Return an environment in which the chosen broker is found."""
        return plain_env() | ({} if self.choice.is_apache else kafka_memory.env(self.home))

    async def prepare(self) -> None:
        """Choose the broker, fetch what it needs, write its configuration."""
        await super().prepare()
        await asyncio.to_thread(self._prepare)

    async def ready(self) -> bool:
        """Whether it says that every topic is there; asking makes them, the first time."""
        said = await metadata(self.home.port(self.name), TOPICS)
        return said is not None and all(said.partitions.get(t) == PARTITIONS for t in TOPICS)

    def notes(self) -> dict[str, str]:
        """Return what `status` says beside it."""
        return {"note": self.choice.said}

    def _prepare(self) -> None:
        choice = kafka_choice.ensure(self.home, log.info)
        if choice.is_apache:
            configure(self.home)
            _format(self.home, choice)
            walls.give_away(self.cwd())


def configure(home: Home) -> None:
    """Write what Apache Kafka reads at its start."""
    folder = home.data("kafka")
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    (folder / "server.properties").write_text(properties(home, folder / "log"))
    (folder / "log4j2.properties").write_text(_LOGGING)


def properties(home: Home, log_folder: Path) -> str:
    """Return the broker's configuration: one process that is broker and controller (KRaft)."""
    advertised = _advertised(home)
    listen = {_listener(name): home.port(name) for name in advertised}
    tell = {_listener(name): port for name, port in advertised.items()}
    controller = f"{LOOPBACK}:{home.port(CONTROLLER)}"
    return _PROPERTIES.format(
        controller=controller,
        listeners=_urls(listen | {"CONTROLLER": home.port(CONTROLLER)}),
        advertised=_urls(tell),
        protocols=",".join(f"{name}:PLAINTEXT" for name in (*listen, "CONTROLLER")),
        log_folder=log_folder,
        partitions=PARTITIONS,
    )


def _advertised(home: Home) -> dict[str, int]:
    """Return port name of each listener -> the port that its clients are told."""
    told = {port_name: home.port(f"{client}.kafka") for client, port_name in LISTENERS.items()}
    return {"kafka": home.port("kafka")} | told


def _listener(port_name: str) -> str:
    client = port_name.partition(".")[2]
    return client.upper().replace("-", "_") or "DIRECT"


def _urls(ports: dict[str, int]) -> str:
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items())


def _java(home: Home, choice: Choice, *words: str) -> tuple[str, ...]:
    folder = home.data("kafka")
    return (
        choice.java,
        "-Xms64m",
        f"-Xmx{HEAP_MB}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",  # starts in half the time; a laptop's load needs no more
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",  # no files outside our own folder
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
        "-cp",
        f"{kafka_jars.folder(home)}/*",
        *words,
    )


def _format(home: Home, choice: Choice) -> None:
    """Make the log folder the first time; what is there is kept."""
    folder = home.data("kafka")
    if (folder / "log" / "meta.properties").exists():
        return
    options = ("-t", cluster_id(), "-c", str(folder / "server.properties"), "--ignore-formatted")
    tool = _java(home, choice, "kafka.tools.StorageTool", "format", *options)
    done = subprocess.run(  # noqa: S603 - our own command
        tool, env=plain_env(), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Trouble(f"Kafka could not make its data folder: {last}", f"rm -r {folder}")


def cluster_id() -> str:
    """A random UUID as Kafka writes one: 22 letters of URL-safe base64, never a dash in front.

    Kafka's own generator draws again too: its tools take a word with a leading dash for an option.
    """
    while True:
        word = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not word.startswith("-"):
            return word


_PROPERTIES = """# Written by the lab before each start; edits are lost.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners={listeners}
advertised.listeners={advertised}
listener.security.protocol.map={protocols}
inter.broker.listener.name=DIRECT
controller.listener.names=CONTROLLER
log.dirs={log_folder}
num.partitions={partitions}
auto.create.topics.enable=true
# One broker: one copy of everything, and few files.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A group starts at once, and a lab may ask for a short session.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# After a kill it comes back when its old session is over, not 9 s later.
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.dedupe.buffer.size=4194304
log.segment.bytes=16777216
log.index.size.max.bytes=1048576
log.retention.bytes=67108864
log.retention.hours=24
"""
_LOGGING = """# Written by the lab before each start; edits are lost.
status = warn
appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = OUT
logger.started.name = kafka.server.KafkaRaftServer
logger.started.level = info
"""
