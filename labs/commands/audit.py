"""`lab audit`: what is locked, under what licence, what is known of it, and whether a key leaks."""

from typing import Annotated

import typer

from labs import screen


def register(app: typer.Typer) -> None:
    """Add `audit`."""
    app.command("audit")(audit)


def audit(
    write: Annotated[bool, typer.Option("--write", help="Write docs/licences.md anew.")] = False,
) -> None:
    """Check the locks, licences, known advisories and tracked files for secrets; asks nobody."""
    # Imported here: no other verb reads the locks.
    from labs.supply import advisories, leaks, licences, locks  # noqa: PLC0415

    out = screen.console()
    if write:
        licences.PAGE.write_text(licences.page())
    pins = locks.every_pin()
    found = {
        "locks": [fault for lock in locks.names() for fault in locks.faults(lock)],
        "licences": [] if licences.PAGE.read_text() == licences.page() else ["page is not current"],
        "advisories": advisories.hits(pins),
        "secrets": leaks.scan(locks.CHECKOUT),
    }
    for what, lines in found.items():
        out.print(f"{'NO' if lines else 'ok'} {what}", markup=False)
        for line in lines:
            out.print(f"   {line}", markup=False)
    known = advisories.fixed_in()
    out.print(
        f"{len(pins)} packages; {len(known)} advisories, written by hand on"
        f" {advisories.written()}: what is not among them is not seen.",
        markup=False,
    )
    raise typer.Exit(1 if any(found.values()) else 0)
