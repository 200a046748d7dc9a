"""`python -m services.analytics`: consume until told to stop."""

from services.analytics.app import create_app, create_service
from services.analytics.settings import AnalyticsSettings
from services.kit import logs, server
from services.kit.settings import load


def main() -> None:
    """Read the environment, build the app and serve it; the work runs beside it."""
    settings = load(AnalyticsSettings)
    logs.configure("analytics", settings)
    service = create_service(settings)
    server.serve(create_app(settings, service), settings, service.health)


if __name__ == "__main__":
    main()
