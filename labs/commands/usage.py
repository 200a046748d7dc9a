"""The group of all verbs: in the order of their panels; a usage error is a sentence as well."""

from __future__ import annotations

import difflib
from typing import Any

from typer._click.core import Command, Context
from typer._click.exceptions import NoArgsIsHelpError, UsageError
from typer.core import TyperGroup

from labs.commands.verbs import ORDER
from stack.trouble import Trouble


class Verbs(TyperGroup):
    """The verbs in the order of their panels."""

    def list_commands(self, ctx: Context) -> list[str]:
        """List the verbs as the panels do, and whatever has no panel last."""
        known = {verb: place for place, verb in enumerate(ORDER)}
        return sorted(super().list_commands(ctx), key=lambda verb: known.get(verb, len(known)))

    def make_context(self, *args: Any, **kwargs: Any) -> Context:
        """Read the options before the verb."""
        try:
            return super().make_context(*args, **kwargs)
        except UsageError as error:
            raise _spoken(error) from None

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the verb; a mistyped one is answered with the nearest there is."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            said = f"There is no verb {args[0]!r}"
            if near:
                raise Trouble(f"{said}; the nearest is {near[0]}.", f"./lab {near[0]}")
            raise Trouble(f"{said}.", "./lab --help")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Context) -> Any:
        """Run the verb; what it cannot be called with is one sentence."""
        try:
            return super().invoke(ctx)
        except NoArgsIsHelpError:
            raise
        except UsageError as error:
            raise _spoken(error) from None


def _spoken(error: UsageError) -> Trouble:
    path = error.ctx.command_path if error.ctx is not None else "./lab"
    said = " ".join(error.format_message().split())
    return Trouble(said if said.endswith((".", "?")) else f"{said}.", f"{path} --help")
