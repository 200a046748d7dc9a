"""The span sink: a small bounded OTLP/HTTP receiver that writes traces into the run."""
