"""From a code to where it leads. README.md has the map; start reading at `resolve.py`."""
