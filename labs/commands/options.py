"""Options that many verbs take, worded once."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document, nothing else.")]
