"""Which kind of child runs a spec: a process of ours, or one in another container."""

from importlib import import_module

from stack import runtime
from stack.process import Child, Spec


def child_for(spec: Spec) -> Child:
    """Return the child for the runtime that we are in; nothing is started yet."""
    if not runtime.in_compose():
        return Child(spec)
    child: Child = import_module("stack.compose.children").child_for(spec)
    return child
