"""Markdown to HTML for a page of ours: no raw HTML, tables, headings that fit below a section."""

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

_HEADING = re.compile(r"h([1-6])")


def markdown(text: str, top: int = 3) -> Markup:
    """Return HTML whose highest heading is `top`; what people typed as HTML is shown as typed."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(text)
    levels = [int(token.tag[1]) for token in tokens if _HEADING.fullmatch(token.tag)]
    lift = top - min(levels, default=top)
    for token in tokens:
        if _HEADING.fullmatch(token.tag):
            token.tag = f"h{min(6, int(token.tag[1]) + lift)}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - html is off
