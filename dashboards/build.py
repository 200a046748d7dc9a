"""`python -m dashboards.build` writes `generated/*.json`; Grafana provisions them as they are.

Only this module needs the Grafana SDK, so nothing that runs a lab does.
"""

import json
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as words
from grafana_foundation_sdk.models import dashboard as model

from dashboards.boards import BOARDS
from dashboards.panel import Board, Panel, Unit

GENERATED = Path(__file__).parent / "generated"
_SOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
_HEIGHT, _HALF, _FULL = 8, 12, 24


def main() -> None:
    """Write every dashboard."""
    GENERATED.mkdir(exist_ok=True)
    for name, text in generated().items():
        (GENERATED / name).write_text(text, encoding="utf-8")


def generated() -> dict[str, str]:
    """Return the dashboards as Grafana reads them, by file name."""
    return {f"{board.uid}.json": as_json(board) for board in BOARDS}


def as_json(board: Board) -> str:
    """Return one dashboard as JSON, the same on every machine."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(f"shortcircuit-{board.uid}")
        .description(board.says)
        .tags(["short-circuit"])
        .time("now-2m", "now")
        .refresh("1s")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for panel in board.panels:
        built = built.with_panel(_panel(panel))
    plain = json.loads(json.dumps(built.build(), cls=JSONEncoder))
    return json.dumps(plain, indent=1, sort_keys=True) + "\n"


def _panel(panel: Panel) -> timeseries.Panel:
    built = (
        timeseries.Panel()
        .id(panel.number)
        .title(panel.title)
        .description(f"{panel.says}\n\nIn the labs: `{panel.name}`")
        .datasource(_SOURCE)
        .unit(panel.unit.value)
        .height(_HEIGHT)
        .span(_FULL if panel.wide else _HALF)
        .interval("1s")
        .line_width(2)
        .fill_opacity(8)
        .show_points(words.VisibilityMode.NEVER)
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .legend(_legend())
    )
    if panel.unit is not Unit.SHARE:
        built = built.min(0)
    if panel.limit is not None:
        built = built.thresholds(_limit(panel.limit)).thresholds_style(_dashed())
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        asked = prometheus.Dataquery().ref_id(letter).expr(query.expr).legend_format(query.legend)
        built = built.with_target(asked.range().datasource(_SOURCE))
    return built


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(words.LegendDisplayMode.TABLE)
        .placement(words.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["max", "lastNotNull"])
    )


def _limit(at: float) -> dashboard.ThresholdsConfig:
    steps = [model.Threshold(value=None, color="transparent"), model.Threshold(at, "orange")]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _dashed() -> common.GraphThresholdsStyleConfig:
    return common.GraphThresholdsStyleConfig().mode(words.GraphThresholdsStyleMode.DASHED)


if __name__ == "__main__":
    main()
