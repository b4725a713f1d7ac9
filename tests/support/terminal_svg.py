# SPDX-License-Identifier: Apache-2.0
"""A terminal's screen as an SVG picture: colours and bold type as the terminal has them, nothing to be fetched."""
from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

COLOURS = {30: "#3b4252", 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 37: "#e6edf3"}
PAPER, INK = "#11161d", "#e6edf3"
CELL_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 19, 16
_ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


@dataclass(frozen=True)
class Piece:
    """Text of one look."""

    text: str
    colour: str
    is_bold: bool


def pieces(line: str) -> list[Piece]:
    """A line as `tmux capture-pane -e` gives it, cut where its look changes."""
    colour, is_bold, found = INK, False, []
    parts = _ESCAPE.split(line)
    for index, part in enumerate(parts):
        if index % 2 == 0:
            if part:
                found.append(Piece(part, colour, is_bold))
            continue
        for code in (int(number or 0) for number in part.split(";")):
            if code == 0:
                colour, is_bold = INK, False
            elif code in (1, 22):
                is_bold = code == 1
            elif code in COLOURS or code == 39:
                colour = COLOURS.get(code, INK)
    return found


def svg_of(screen: str, columns: int, title: str) -> str:
    """The picture of a screen of so many columns."""
    lines = screen.rstrip("\n").split("\n")
    width, height = round(columns * CELL_WIDTH + 2 * MARGIN), len(lines) * LINE_HEIGHT + 2 * MARGIN
    rows = []
    for number, line in enumerate(lines):
        column, spans = 0, []
        for piece in pieces(line.rstrip()):
            bold = ' font-weight="bold"' if piece.is_bold else ""
            length = f' textLength="{len(piece.text) * CELL_WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
            spans.append(f'<tspan x="{MARGIN + column * CELL_WIDTH:.1f}" fill="{piece.colour}"{bold}{length}>{escape(piece.text)}</tspan>')
            column += len(piece.text)
        if spans:
            rows.append(f'<text y="{MARGIN + (number + 1) * LINE_HEIGHT - 5}" xml:space="preserve">{"".join(spans)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">'
            f"<title>{escape(title)}</title>\n"
            f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>\n'
            f'<g font-family="ui-monospace, SFMono-Regular, Menlo, DejaVu Sans Mono, monospace" font-size="14">\n'
            + "\n".join(rows) + "\n</g></svg>\n")
