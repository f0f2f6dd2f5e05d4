"""What the pages of reports are made of: tables with bars, and lines over epochs."""

from __future__ import annotations

from collections.abc import Sequence

from tagger.text.chips import STYLE
from tagger.text.escaping import html_text

_STYLE = """\
:root{color-scheme:light dark;--line:#8886;--bar:#5b8def;--soft:#8882}
body{max-width:68em;margin:1.5em auto;padding:0 1em;font:16px/1.5 system-ui,sans-serif}
table{border-collapse:collapse;margin:.5em 0 1.2em}
th,td{padding:.15em .7em;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.3em 0;opacity:.85}
.bar{display:inline-block;height:.7em;border-radius:.2em;background:var(--bar);\
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.room{display:inline-block;width:12em;background:var(--soft);border-radius:.2em;line-height:.7}
.heat{font-size:.8em}.heat td,.heat th{padding:.15em .3em;text-align:center;border:1px solid \
var(--line)}
mark{background:#ffd54a;color:#222;border-radius:.2em}
.charts{display:flex;flex-wrap:wrap;gap:1.5em;align-items:end}figure{margin:0;max-width:100%}
figcaption{font-size:.85em;max-width:23em}.line{white-space:nowrap;margin-right:.8em}
svg text{fill:currentColor;font-size:11px}details{margin:.4em 0}summary{cursor:pointer}
.scroll{overflow-x:auto}
"""


def page(title: str, parts: Sequence[str]) -> str:
    """A self-contained page, light or dark as the reader has it."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html_text(title)}</title>\n<style>\n{STYLE}{_STYLE}</style>\n</head>\n"
        f'<body class="pumsa">\n<h1>{html_text(title)}</h1>\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str | float | None]], caption: str) -> str:
    """Rows of text that is HTML already and of numbers, which get two decimals."""
    numeric = [all(not isinstance(row[column], str) for row in rows) for column in range(len(head))]
    cells = [
        f'<th scope="col"{_number(is_number)}>{html_text(name).replace("_", "_<wbr/>")}</th>'
        for name, is_number in zip(head, numeric, strict=True)
    ]
    lines = [
        f'<div class="scroll"><table><caption>{html_text(caption)}</caption>',
        f"<tr>{''.join(cells)}</tr>",
    ]
    for row in rows:
        shown = (
            f"<td{_number(n)}>{cell(value)}</td>" for value, n in zip(row, numeric, strict=True)
        )
        lines.append(f"<tr>{''.join(shown)}</tr>")
    return "\n".join([*lines, "</table></div>"])


def _number(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def cell(value: str | float | None) -> str:
    """What a cell of a table shows."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return value if isinstance(value, str) else f"{value:.2f}"


def bar(share: float | None) -> str:
    """A bar of that share, 0 to 1, of its room; the number beside it says the same."""
    width = 0.0 if share is None else min(max(share, 0.0), 1.0)
    return (
        '<span class="room" aria-hidden="true">'
        f'<span class="bar" style="width:{100 * width:.1f}%"></span></span>'
    )


WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 300, 180, 60, 22, 10


def chart(title: str, lines: dict[str, Sequence[float | None]], first: int = 1) -> str:
    """Lines over whole numbers from `first` on (epochs), as SVG with a scale on both sides."""
    known = [value for values in lines.values() for value in values if value is not None]
    count = max(map(len, lines.values()), default=0)
    if not known or not count:
        return ""
    low, high = min(known), max(known)
    if low == high:
        low, high = low - 0.5, high + 0.5

    def place(index: int, value: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - 12) * (index / (count - 1) if count > 1 else 0.5)
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)
        return round(x, 1), round(y, 1)

    legend = ""
    shapes = [
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - 12}" fill="none" '
        'stroke="currentColor" opacity=".4"/>'
    ]
    for value in (low, high):
        x, y = place(0, value)
        shapes.append(f'<text x="{LEFT - 5}" y="{y + 4}" text-anchor="end">{value:.4g}</text>')
    for index in {0, count - 1}:
        x, _ = place(index, low)
        shapes.append(f'<text x="{x}" y="{HEIGHT - 6}" text-anchor="middle">{first + index}</text>')
    for number, (name, values) in enumerate(lines.items()):
        points = [place(i, value) for i, value in enumerate(values) if value is not None]
        colour, dashes = _LINES[number % len(_LINES)]
        path = " ".join(f"{x},{y}" for x, y in points)
        shapes.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
        )
        shapes += [f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>' for x, y in points]
        if len(lines) > 1:
            legend += (
                ' <span class="line"><svg width="24" height="8" aria-hidden="true">'
                f'<path d="M0 4H24" stroke="{colour}" stroke-width="2" '
                f'stroke-dasharray="{dashes}"/></svg> '
                f"{html_text(name)}</span>"
            )
    return (
        f'<figure><figcaption>{html_text(title)}<div>{legend}</div></figcaption><svg role="img" '
        f'width="{WIDTH}" '
        f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"><title>{html_text(title)}: '
        f"{low:.4g} to {high:.4g}</title>{''.join(shapes)}</svg></figure>"
    )


_LINES = (("#3b7ddd", ""), ("#d9730d", "5 3"), ("#2a9d6f", "2 3"))
