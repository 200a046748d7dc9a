"""The second runtime: the same stack as containers (`docker-compose.yml`)."""
