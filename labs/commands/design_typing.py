"""A line from the keyboard that Ctrl-C does not lose, with a word when its time is over."""

import contextlib
import sys
import threading
from collections.abc import Iterator

try:
    import readline  # arrow keys, and what stands in the line when Ctrl-C comes
except ImportError:  # a Python without it: what was not entered yet is the terminal's
    readline = None  # type: ignore[assignment]


class Stopped(Exception):  # noqa: N818 - not an error: somebody pressed Ctrl-C or Ctrl-D
    """The learner stopped; `text` is what stood in the line."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def typed(prompt: str, seconds: float = 0.0, over: str = "") -> str:
    """Return a line; after `seconds` the words `over` are said once, the line goes on."""
    try:
        with _bell(prompt, seconds, over):
            return input(prompt)
    except EOFError:
        raise Stopped("") from None
    except KeyboardInterrupt:
        raise Stopped(_so_far()) from None


def _so_far() -> str:
    return readline.get_line_buffer() if readline is not None else ""


@contextlib.contextmanager
def _bell(prompt: str, seconds: float, over: str) -> Iterator[None]:
    def ring() -> None:
        sys.stdout.write(f"\n{over}\n{prompt}{_so_far()}")
        sys.stdout.flush()

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    if over and seconds > 0:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
