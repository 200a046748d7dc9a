"""Import what a service imports, then fork one for each socket that comes in.

`program.py MODULE ...` imports those, as far as they are there.

Standard input is the control socket. A message brings two descriptors: the socket of one service
and the file that takes its output. What is to run is read from that socket by the fork alone, so
nothing of one service is ever in the memory of the next (after multiprocessing's fork server).

    -> {"name": "relay", "module": "services.relay", "env": {...}, "cwd": "..."}
    <- {"pid": 7}        <- {"code": 0}    minus the signal's number if a signal ended it

When the control socket ends, so does this, and on Linux every fork with it. Standard library only:
a copy of this file is run, behind the walls.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import traceback
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_SENT = 2  # descriptors: the socket of a service, and where its output goes

_libc = ctypes.CDLL(None)


def main() -> None:
    """Import, serve, and in a fork: become the service."""
    for name in sys.argv[1:]:
        with contextlib.suppress(ImportError):  # the service will say so itself
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is here stays: the collector of a fork need not touch, and so copy, it
    wish = Server(socket.socket(fileno=0)).serve()
    if wish is None:
        return
    sys.excepthook = _of_the_service_alone
    os.environ.clear()
    os.environ.update(wish["env"])
    os.chdir(wish["cwd"])
    sys.path[0] = wish["cwd"]
    sys.argv = [wish["module"]]
    _libc.prctl(_PR_SET_NAME, wish["name"].encode())  # for `ps` and `top`
    runpy.run_module(wish["module"], run_name="__main__", alter_sys=True)


class Server:
    """Forks, and says of each how it ended."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.watched = selectors.DefaultSelector()
        self.watched.register(control, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any] | None:
        """Return what to run in each fork; None when there is nobody left to serve."""
        while True:
            for key, _ in self.watched.select():
                if key.fileobj is not self.control:
                    self._bury(key)
                    continue
                _, sent, _, _ = socket.recv_fds(self.control, 1, _SENT)
                if len(sent) != _SENT:
                    return None
                if (wish := self._fork(*sent)) is not None:
                    return wish

    def _fork(self, service: int, output: int) -> dict[str, Any] | None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._let_go()
            return _become(parent, service, output)
        os.close(output)
        line = socket.socket(fileno=service)
        _say(line, {"pid": pid})
        self.watched.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, line))
        return None

    def _let_go(self) -> None:
        """Close what is the server's: by its objects, which would close the numbers later."""
        for key in self.watched.get_map().values():
            if key.fileobj is not self.control:
                os.close(key.fd)
                key.data[1].close()
        self.watched.close()
        self.control.detach()  # its number, 0, is taken over

    def _bury(self, key: selectors.SelectorKey) -> None:
        pid, line = key.data
        _, status = os.waitpid(pid, 0)
        self.watched.unregister(key.fileobj)
        os.close(key.fd)
        _say(line, {"code": os.waitstatus_to_exitcode(status)})
        line.close()


def _become(parent: int, service: int, output: int) -> dict[str, Any]:
    """Be a process of its own, and read what is to run."""
    os.setsid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for there, here in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(there, here)
    os.close(nothing)
    os.close(output)
    with open(service, encoding="utf-8") as line:
        wish: dict[str, Any] = json.loads(line.readline() or "null")
    if not wish:
        os._exit(1)
    return wish


def _say(line: socket.socket, word: dict[str, int]) -> None:
    with contextlib.suppress(OSError):
        line.sendall(json.dumps(word).encode() + b"\n")


def _of_the_service_alone(kind: type, error: BaseException, trace: Any) -> None:
    """Print a traceback as `python -m` does: without the frames of this program."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    traceback.print_exception(kind, error, trace)


if __name__ == "__main__":
    main()
