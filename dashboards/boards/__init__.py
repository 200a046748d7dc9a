"""The dashboards, one module each."""

from dashboards.boards import (
    cache,
    database,
    limiter,
    messaging,
    overview,
    partner,
    saturation,
    slo,
)
from dashboards.panel import Board

BOARDS: tuple[Board, ...] = (
    overview.BOARD,
    cache.BOARD,
    database.BOARD,
    limiter.BOARD,
    messaging.BOARD,
    partner.BOARD,
    saturation.BOARD,
    slo.BOARD,
)
