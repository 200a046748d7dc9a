"""`python -m labs.bench.without metrics|limiter`: the shortener with one of its parts taken out.

There are no such settings, and should not be: nobody runs a service blind or unguarded. So the
benchmark that asks what a part costs takes it out from outside, in the service's own process.
"""

import runpy
import sys
from collections.abc import Callable
from importlib import import_module

from prometheus_client import Counter, Gauge, Histogram

SERVICE = "services.shortener"


def metrics() -> None:
    """Metrics that neither lock nor add."""
    for kind, verbs in (
        (Counter, ("inc",)),
        (Gauge, ("inc", "dec", "set")),
        (Histogram, ("observe",)),
    ):
        for verb in verbs:
            setattr(kind, verb, lambda _self, _amount=1.0: None)


def limiter() -> None:
    """Everybody may use the API; nobody is asked."""

    async def lets_through(*_: object) -> None:
        return None

    import_module(f"{SERVICE}.limits.guards").Guards.user = lets_through


PARTS: dict[str, Callable[[], None]] = {"metrics": metrics, "limiter": limiter}


def main(part: str) -> None:
    """Take the part out, then be the service."""
    PARTS[part]()
    sys.argv = [SERVICE]
    runpy.run_module(SERVICE, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
