"""What every service here needs: settings, telemetry, problem details, health, a pool, a server."""
