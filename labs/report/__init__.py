"""The before/after report: one HTML file about two runs of the same experiment."""

from labs.report.write import write

__all__ = ["write"]
