"""Which of the two runtimes this process is in: embedded, or compose.

Embedded: the warden starts every server and service itself. Compose: it lives in the `console`
container, servers are containers beside it, and services are started by a supervisor in theirs.
All that differs is asked here or lies in `stack/compose/`.
"""

import os
from collections.abc import Mapping

VARIABLE = "LAB_RUNTIME"
COMPOSE = "compose"


def in_compose(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether we are inside the console container."""
    return environ.get(VARIABLE) == COMPOSE
