"""`python -m services.partner`: serve until told to stop."""

from services.kit import logs, server
from services.kit.service import new_service
from services.kit.settings import load
from services.partner.app import create_app
from services.partner.settings import PartnerSettings


def main() -> None:
    """Read the environment, build the app and serve it."""
    settings = load(PartnerSettings)
    logs.configure("partner", settings)
    service = new_service("partner", settings)
    server.serve(create_app(settings, service), settings, service.health)


if __name__ == "__main__":
    main()
