"""`python -m stack.sink --port N --token-file F`: receive spans until told to stop."""

import argparse
from pathlib import Path

import uvicorn

from stack.sink.app import create_app


def main() -> None:
    """Serve on loopback; SIGTERM lets what is being answered finish."""
    parser = argparse.ArgumentParser(prog="python -m stack.sink", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--edge-port", type=int, help="UDP: the edge's lines (default: none)")
    parser.add_argument("--token-file", type=Path, required=True, help="may send spans")
    parser.add_argument(
        "--control-token-file", type=Path, help="may record and ask (default: same)"
    )
    chosen = parser.parse_args()
    control = chosen.control_token_file or chosen.token_file
    app = create_app(_secret(chosen.token_file), _secret(control), edge_port=chosen.edge_port)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=chosen.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
    )


def _secret(file: Path) -> str:
    secret = file.read_text().strip()
    if not secret:
        raise SystemExit(f"{file} is empty: it must hold the token")
    return secret


if __name__ == "__main__":
    main()
