"""The fault proxy: TCP in, TCP out, and toxics in between. Run it with `python -m chaos.proxy`."""
