"""What claims can measure, each a documented function of the evidence with a unit.

A lab names them in lab.toml; what only one lab needs stands in its claims.py.
"""

from pathlib import Path

from labs.engine.measures import database, outside, requests
from labs.engine.measures.registry import Measure, Measured, Table, load_claims, measure

__all__ = ["BUILT_IN", "Measure", "Measured", "Table", "measure", "measures_of"]

BUILT_IN: Table = {**requests.MEASURES, **database.MEASURES, **outside.MEASURES}


def measures_of(folder: Path) -> Table:
    """Return every measure a lab may name: the built-in ones and its own."""
    own, _ = load_claims(folder)
    return {**BUILT_IN, **own}
