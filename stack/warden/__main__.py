"""`python -m stack.warden`: watch over one LAB_HOME until told to stop."""

import asyncio
import fcntl
import logging
import os
import sys
from pathlib import Path

import uvicorn

from stack.home import LOOPBACK, Home, port_is_free
from stack.warden.app import create_app
from stack.warden.sweep import sweep

log = logging.getLogger("warden")
HOME_LOOKED_AT_EVERY_S = 2.0


def main() -> None:
    """Take the home's lock, end what an earlier warden left, and serve."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    home = Home.find().make()
    lock = (home.run / "warden.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        log.info("another warden watches over %s", home.path)
        sys.exit(0)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    swept = sweep(home)
    if swept:
        log.warning("ended %d processes that an earlier warden left", swept)
    if not port_is_free(home.port("warden")):
        home.repick_port("warden")
    asyncio.run(_serve(home))


async def _serve(home: Home) -> None:
    server: uvicorn.Server

    def leave() -> None:
        server.should_exit = True

    config = uvicorn.Config(
        create_app(home, leave),
        host=LOOPBACK,
        port=home.port("warden"),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    server = uvicorn.Server(config)
    gone = asyncio.create_task(_leave_with_the_home(home.run / "warden.lock", leave))
    await server.serve()
    gone.cancel()


async def _leave_with_the_home(lock: Path, leave: object) -> None:
    """End when somebody deletes the home: nobody could ask us to any more."""
    number = lock.stat().st_ino
    while True:
        await asyncio.sleep(HOME_LOOKED_AT_EVERY_S)
        try:
            same = lock.stat().st_ino == number
        except OSError:
            same = False
        if not same and callable(leave):
            log.warning("this home is gone; leaving")
            leave()
            return


if __name__ == "__main__":
    main()
