"""A fault's spec in words, for people: what it is on, and its settings."""

from typing import Any

# What the word after the fault's name means; kinds that are not here take none.
TARGETS = {
    "proxy_down": "proxy",
    "pause": "process",
    "kill": "process",
    "restart": "process",
    "clock_skew": "process",
    "disk_full": "process",
    "lock_table": "table",
    "terminate_backends": "application",
    "redis_evict": "pattern",
}


def described(spec: dict[str, Any]) -> str:
    """Return a spec in words: `latency on shortener-a.redis (latency=300)`."""
    kind = str(spec.get("kind"))
    toxic = spec.get("toxic") or {}
    name = str(toxic.get("type") or kind.replace("_", "-"))
    target = spec.get(TARGETS.get(kind, "proxy"), "")
    settings = dict(toxic.get("attributes") or {})
    settings |= {n: toxic[n] for n in ("stream", "toxicity") if toxic.get(n, 1.0) != 1.0}
    known = ("kind", "toxic", "proxy", TARGETS.get(kind))
    settings |= {n: value for n, value in spec.items() if n not in known}
    inside = ", ".join(f"{n}={value}" for n, value in settings.items())
    return name + (f" on {target}" if target else "") + (f" ({inside})" if inside else "")
