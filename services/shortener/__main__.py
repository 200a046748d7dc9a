"""`python -m services.shortener`: serve until told to stop."""

from services.kit import logs, server
from services.kit.settings import load
from services.shortener.app import create_app, create_front, create_service
from services.shortener.settings import ShortenerSettings


def main() -> None:
    """Read the environment, build the app and serve it."""
    settings = load(ShortenerSettings)
    logs.configure("shortener", settings)
    service = create_service(settings)
    app = create_app(settings, service)
    server.serve(create_front(app), settings, service.health)


if __name__ == "__main__":
    main()
