"""Event loops, processors, memory: what runs out inside a process."""

from dashboards.panel import Board, Panel, Query, Unit, rate

BOARD = Board(
    uid="saturation",
    title="Event loop and saturation",
    says="Which process has no time left, and what is it doing with it?",
    panels=(
        Panel(
            701,
            "loop.lag",
            "Event loop: worst lag of the last two seconds",
            "Everything in that process was late by so much, whatever it was doing.",
            Unit.SECONDS,
            (Query("event_loop_lag_seconds", "{{instance}}"),),
        ),
        Panel(
            702,
            "loop.lag-share",
            "Event loop: share of time spent late",
            "Near 0 at rest; towards 1 somebody keeps the loop for themselves.",
            Unit.SHARE,
            (Query(rate("event_loop_lag_seconds_sum_total"), "{{instance}}"),),
        ),
        Panel(
            703,
            "process.cpu",
            "Processor time by process",
            "1 is one processor, and one Python process cannot use more.",
            Unit.SHARE,
            (Query(rate("process_cpu_seconds_total"), "{{instance}}"),),
            limit=1.0,
        ),
        Panel(
            704,
            "process.memory",
            "Resident memory",
            "A line that only climbs is a leak or a cache without a bound.",
            Unit.BYTES,
            (Query("process_resident_memory_bytes", "{{instance}}"),),
        ),
        Panel(
            705,
            "http.in-flight",
            "Requests being answered now",
            "High-water mark of the window. Little's law: arrivals times latency.",
            Unit.COUNT,
            (Query("max_over_time(http_requests_in_flight[4s])", "{{instance}}"),),
        ),
        Panel(
            706,
            "process.files",
            "Open files and sockets",
            "Climbs with connections that nobody closes.",
            Unit.COUNT,
            (Query("process_open_fds", "{{instance}}"),),
        ),
        Panel(
            707,
            "process.collections",
            "Garbage collections of the oldest generation",
            "Each one stops the process; most of a plain server's p99 is here.",
            Unit.PER_SECOND,
            (Query(rate("python_gc_collections_total", 'generation="2"'), "{{instance}}"),),
        ),
    ),
)
