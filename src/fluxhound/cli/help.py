"""Help that is short, grouped by purpose, and ends with examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

OTHER = "Other"
_HELP_NAMES = ("-h", "--help")


class ExamplesEpilog(click.Command):
    """A command whose help ends with examples, written as they are."""

    def __init__(self, *, examples: str, **settings: Any) -> None:
        usual = {"help_option_names": [*_HELP_NAMES], "max_content_width": 100}
        super().__init__(context_settings=usual, **settings)
        self.examples = [line for line in examples.strip().splitlines() if line.strip()]

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """Return how help is asked for, whoever asks: the library keeps the first answer."""
        del ctx
        return [*_HELP_NAMES]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples, one line each."""
        with formatter.section("Examples"):
            for line in self.examples:
                formatter.write(f"  {line}\n")


class GroupedOption(click.Option):
    """An option that stands under a heading in the help."""

    def __init__(self, *args: Any, heading: str = OTHER, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.heading = heading


class GroupedCommand(ExamplesEpilog):
    """A command whose options are listed under headings, in the order they were declared."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section for each heading."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record and not isinstance(param, click.Argument):
                heading = param.heading if isinstance(param, GroupedOption) else OTHER
                sections.setdefault(heading, []).append(record)
        for heading in sorted(sections, key=lambda each: each == OTHER):
            with formatter.section(heading):
                formatter.write_dl(sections[heading])


def option(heading: str, *names: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Declare an option under *heading*; what else is given goes to ``click.option``."""
    return click.option(*names, cls=GroupedOption, heading=heading, **settings)
