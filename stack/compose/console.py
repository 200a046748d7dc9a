"""`python -m stack.compose.console`: the console container's first process.

It runs the warden, and asks it once for the whole stack, so that `docker compose up` alone gives a
working shortener. `--healthy` asks whether that is so.
"""

import json
import signal
import subprocess
import sys
import time
from types import FrameType

from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import Warden

EVERYTHING = ("edge", "prometheus", "kafka", "relay", "analytics")
LOOK_EVERY_S = 0.5


def main() -> None:
    """Serve until told to stop, or until the warden ends."""
    warden = subprocess.Popen((sys.executable, "-B", "-m", "stack.warden"))

    def stop(_number: int, _frame: FrameType | None) -> None:
        warden.terminate()

    signal.signal(signal.SIGTERM, stop)
    client = Warden()
    while warden.poll() is None and not client.running():
        time.sleep(LOOK_EVERY_S)
    while warden.poll() is None:
        try:
            client.up(EVERYTHING)
            break
        except Trouble as trouble:  # the engine may still be starting something
            print(f"console: {trouble.said}", file=sys.stderr, flush=True)
            time.sleep(2 * LOOK_EVERY_S)
    sys.exit(warden.wait())


def healthy(home: Home) -> bool:
    """Whether the warden says of all that it was asked for that it is ready."""
    try:
        components = Warden(home).status()["components"]
        asked = json.loads((home.run / "deployment.json").read_text())["needs"]
    except (OSError, ValueError, Trouble):
        return False
    states = {part["name"]: part["state"] for part in components}
    standing = {"ready", "paused", "held down"}  # a fault's doing is no illness of the console
    return all(states.get(name) in standing for name in {*asked, "edge"})


if __name__ == "__main__":
    if sys.argv[1:] == ["--healthy"]:
        sys.exit(0 if healthy(Home.find()) else 1)
    main()
