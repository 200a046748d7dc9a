"""What can be wrong with a fault, as sentences."""


class BadFault(ValueError):  # noqa: N818 - the message is the sentence that the caller shows
    """The fault asked for does not make sense or does not fit this lab; the message says why."""
