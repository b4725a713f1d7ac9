# SPDX-License-Identifier: Apache-2.0
"""The README's chart: bars of wall time per work, as an SVG that reads well on light and on dark ground."""
from __future__ import annotations

from html import escape

from report import TOOLS, Row
from works import FIRST

_BAR, _GAP, _GROUP, _LEFT, _WIDTH, _TOP = 15, 3, 22, 310, 900, 66
_STYLE = """
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f; }
  .title { font-size: 16px; font-weight: 600; } .note { font-size: 12px; fill: #57606a; }
  .value { font-size: 12px; fill: #57606a; } .own { font-weight: 600; fill: #24292f; }
  .line { stroke: #d0d7de; stroke-width: 1; }
  .floor { fill: #8c959f; } .godwit { fill: #0969da; } .doveadm { fill: #bf8700; } .mbsync { fill: #cf7ba2; }
  @media (prefers-color-scheme: dark) {
    text, .own { fill: #e6edf3; } .note, .value { fill: #9198a1; } .line { stroke: #3d444d; }
    .floor { fill: #6e7681; } .godwit { fill: #4493f8; } .doveadm { fill: #d29922; } .mbsync { fill: #db8fb3; }
  }
"""


def draw(rows: list[Row], note: str) -> str:
    """The chart of all works that were measured with more than one tool."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.work.name, row.round), []).append(row)
    groups = {key: found for key, found in groups.items() if any(row.tool in ("doveadm", "mbsync") for row in found)}
    parts: list[str] = []
    y = _TOP
    for found in groups.values():
        # Its own scale for each work: a minute of one tool at 100 ms would make all else invisible.
        longest = max((row.wall for row in found if row.succeeded), default=1.0)
        parts += _group(found, y, (_WIDTH - _LEFT - 90) / longest)
        y += len(found) * (_BAR + _GAP) + _GROUP
    axis = f'<line class="line" x1="{_LEFT}" y1="{_TOP - 8}" x2="{_LEFT}" y2="{y - _GROUP + 4}"/>'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y + 8}" viewBox="0 0 {_WIDTH} {y + 8}" '
            f'role="img" aria-label="Wall time per work, in seconds">\n<style>{_STYLE}</style>\n'
            f'<text class="title" x="16" y="26">Wall time in seconds, each work to its own scale; shorter is better</text>\n'
            + _legend() + axis + "\n" + "\n".join(parts)
            + f'\n<text class="note" x="16" y="{y}">{escape(note)}</text>\n</svg>\n')


def _legend() -> str:
    parts, x = [], _LEFT
    for tool in TOOLS:
        parts.append(f'<rect class="{tool}" x="{x}" y="36" width="12" height="12" rx="2"/>'
                     f'<text class="note" x="{x + 18}" y="46">{tool}</text>')
        x += 90
    return "".join(parts)


def _group(found: list[Row], y: int, scale: float) -> list[str]:
    work = found[0].work
    title = work.title if found[0].round == FIRST or len(work.rounds) == 1 else f"{work.title}, {found[0].round}"
    middle = y + len(found) * (_BAR + _GAP) / 2 + 3
    parts = [f'<text x="{_LEFT - 12}" y="{middle:.0f}" text-anchor="end">{escape(title)}</text>']
    for row in found:
        length = max(2.0, row.wall * scale) if row.succeeded else 0
        value = f"{row.wall:.2f}" if row.succeeded else "failed"
        own = " own" if row.tool == "godwit" else ""
        parts.append(f'<rect class="{row.tool}" x="{_LEFT}" y="{y}" width="{length:.1f}" height="{_BAR}" rx="2"/>'
                     f'<text class="value{own}" x="{_LEFT + length + 6:.1f}" y="{y + 12}">{value}</text>')
        y += _BAR + _GAP
    return parts
