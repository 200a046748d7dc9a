"""What people felt in a run, in one line: for somebody who only watched."""

from collections.abc import Sequence

from labs.engine.evidence import Request

SLOW_S = 0.1


def felt(requests: Sequence[Request]) -> str:
    """Return how many were served, failed, were refused or waited, and the slowest's time."""
    served = sum(request.ok for request in requests)
    refused = sum(request.refused for request in requests)
    failed = len(requests) - served - refused
    answers = f"{served} served, {failed} failed" + f", {refused} refused (4xx)" * bool(refused)
    slowest_s = max((request.took_s for request in requests), default=0.0)
    slow = sum(request.took_s > SLOW_S for request in requests)
    return (
        f"{len(requests)} requests: {answers}; "
        f"{slow} waited longer than 100 ms, the slowest {slowest_s:.2f} s."
    )
