"""All kinds of faults, in one visible table. Adding one: a file here, and a line in KINDS."""

from typing import Any

from chaos.faults.clock_skew import ClockSkew
from chaos.faults.disk_full import DiskFull
from chaos.faults.fault import Fault, Probe
from chaos.faults.partner import Partner
from chaos.faults.postgres import ExhaustConnections, LockTable, TerminateBackends
from chaos.faults.process import Kill, Pause, Restart
from chaos.faults.proxy_down import ProxyDown
from chaos.faults.redis import RedisEvict, RedisPause
from chaos.faults.toxic import Toxic
from chaos.trouble import BadFault

__all__ = ["KINDS", "BadFault", "Fault", "Probe", "parse"]

KINDS: dict[str, type[Fault]] = {
    "toxic": Toxic,
    "proxy_down": ProxyDown,
    "pause": Pause,
    "kill": Kill,
    "restart": Restart,
    "lock_table": LockTable,
    "exhaust_connections": ExhaustConnections,
    "terminate_backends": TerminateBackends,
    "redis_pause": RedisPause,
    "redis_evict": RedisEvict,
    "clock_skew": ClockSkew,
    "disk_full": DiskFull,
    "partner": Partner,
}


def parse(spec: Any) -> Fault:
    """Return the fault that a JSON spec describes, or raise BadFault with a sentence."""
    if not isinstance(spec, dict):
        raise BadFault("a fault is a JSON object with the field `kind`")
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadFault(f"there is no fault {kind!r}; there are: {', '.join(sorted(KINDS))}")
    return KINDS[kind].from_json(spec)
