"""The one exception a plan can cause."""


class BadPlan(ValueError):  # noqa: N818 - it is shown as a sentence, never as a traceback
    """A load plan that we refuse to run; the text says which part and why."""
