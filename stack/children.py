"""Which kind of child runs a spec: a process of ours, a fork, or one in another container."""

from importlib import import_module

from stack import runtime
from stack.forkserver.forked import Forked
from stack.forkserver.server import ForkServer
from stack.process import Child, Spec


def child_for(spec: Spec, forks: ForkServer | None = None) -> Child:
    """Return the child for the runtime that we are in; nothing is started yet."""
    if runtime.in_compose():
        child: Child = import_module("stack.compose.children").child_for(spec)
        return child
    if forks and spec.module and forks.can_run(spec.cwd):
        return Forked(spec, forks)
    return Child(spec)
