"""The one exception that a person is meant to read."""


class Trouble(Exception):  # noqa: N818 - it is shown as a sentence, never as a traceback
    """Something the person at the keyboard can act on.

    `said` is one sentence about what is wrong; `try_next` the one command to type next.
    The command line prints both and exits with 2.
    """

    def __init__(self, said: str, try_next: str = "./lab doctor") -> None:
        super().__init__(said)
        self.said = said
        self.try_next = try_next
