"""Grafana dashboards as code, and the Prometheus rules behind them."""
