"""HTTP on this machine: no proxy that the environment names, and no certificates.

Every new client of httpx reads the list of authorities, 40 ms of processor time, also where every
address is plain http on 127.0.0.1. On a busy machine that made faults and actions late.
"""

from typing import Final, TypedDict


class Options(TypedDict):
    """What `httpx2.Client(...)` and `httpx2.get(...)` are told."""

    trust_env: bool
    verify: bool


PLAIN: Final[Options] = {"trust_env": False, "verify": False}
