"""Services forked from an interpreter that has imported their dependencies already."""
