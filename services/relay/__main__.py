"""`python -m services.relay`: relay until told to stop."""

from services.kit import logs, server
from services.kit.settings import load
from services.relay.app import create_app, create_service
from services.relay.settings import RelaySettings


def main() -> None:
    """Read the environment, build the app and serve it; the work runs beside it."""
    settings = load(RelaySettings)
    logs.configure("relay", settings)
    service = create_service(settings)
    server.serve(create_app(settings, service), settings, service.health)


if __name__ == "__main__":
    main()
