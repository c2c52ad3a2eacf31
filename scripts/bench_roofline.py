# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A roofline picture of what mml-bench measured, as SVG.

To the right go the operations that come to each byte of weights, which grow with
the batch and with fewer bits a weight; upwards the operations a second. Slanted
lines are what the read loop allows, level ones what instructions allow.
"""
import math
from xml.sax.saxutils import escape

SHAPE = "6912x2560"
WIDTH, HEIGHT = 620, 560
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 56, 50
SERIES = (
    # Contestant, its colour, and whether to write the batch at its points.
    ("auto", "#c0392b", True),
    ("auto, any N", "#e59866", False),
    ("oneDNN int8", "#2471a3", True),
    ("oneDNN int8 VNNI", "#5dade2", False),
    ("OpenBLAS f32", "#7d8b8c", False),
)
LEVELS = ("tdpbusd", "vpdpbusd", "vpmaddubsw", "fma")
# Behind text that lines may cross.
HALO = 'paint-order="stroke" stroke="#fff" stroke-width="3"'
# Points that are closer to one another share a label.
LABEL_DISTANCE = 12


class Scale:
    """Two logarithmic axes in a panel that begins at `x`."""

    def __init__(self, x, intensities, rates):
        self.x = x
        self.low_x, self.high_x = bounds(intensities, 2)
        self.low_y, self.high_y = bounds(rates, 10)

    def across(self, intensity):
        part = math.log(intensity / self.low_x) / math.log(self.high_x / self.low_x)
        return self.x + LEFT + part * (WIDTH - LEFT - RIGHT)

    def up(self, rate):
        part = math.log(rate / self.low_y) / math.log(self.high_y / self.low_y)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def bounds(values, base):
    """The powers of `base` around the values; room above for the labels."""
    return (base ** math.floor(math.log(min(values), base)),
            base ** math.ceil(math.log(max(values) * 1.1, base)))


def text(x, y, content, size=12, anchor="start", color="#222", extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{color}" {extra}>{escape(content)}</text>')


def line(x1, y1, x2, y2, color, extra=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{color}" {extra}/>')


def points(results, name, threads):
    """[(intensity, GOP/s, batch, streamed)] of a contestant."""
    found = []
    for cell in results.cells:
        parts = cell.case.split("/")
        streamed = parts[3:] == ["streamed"]
        if cell.threads != threads or parts[:2] != ["contraction", SHAPE] or \
                (parts[3:] and not streamed):
            continue
        contestant = cell.find(name)
        if contestant:
            found.append((contestant.work / contestant.bytes, contestant.rate.median,
                          cell.batch, streamed))
    return sorted(found, key=lambda point: point[2])


def roofs(results, threads):
    """The levels {name: GOP/s} and the slopes {name: GB/s}."""
    cell = results.find("peaks", threads)
    if not cell:
        return {}, {}
    levels = {peak.name: peak.rate.median for name in LEVELS if (peak := cell.find(name))}
    # Both multiply as many bytes in a cycle; one line does.
    if any(name.startswith("vpdpbusd") for name in levels):
        levels = {name: rate for name, rate in levels.items()
                  if not name.startswith("vpmaddubsw")}
    loops = [c for c in cell.contestants if c.role == "read loop"]
    slopes = {}
    for loop, what in zip(loops[-2:], ("caches", "memory")):
        slopes[f"{what} ({loop.bytes / 2**20:.0f} MiB)"] = loop.rate.median
    return levels, slopes


def draw_axes(scale, threads):
    left, right = scale.across(scale.low_x), scale.across(scale.high_x)
    bottom, top = scale.up(scale.low_y), scale.up(scale.high_y)
    plural = "s" if threads > 1 else ""
    yield text((left + right) / 2, top - 10, f"{threads} thread{plural}", 14, "middle",
               extra='font-weight="bold"')
    intensity = scale.low_x
    while intensity <= scale.high_x:
        x = scale.across(intensity)
        yield line(x, bottom, x, top, "#eee")
        yield text(x, bottom + 16, f"{intensity:g}", 11, "middle")
        intensity *= 4
    rate = scale.low_y
    while rate <= scale.high_y:
        yield line(left, scale.up(rate), right, scale.up(rate), "#eee")
        yield text(left - 6, scale.up(rate) + 4, f"{rate:g}", 11, "end")
        rate *= 10
    yield line(left, bottom, right, bottom, "#222")
    yield line(left, bottom, left, top, "#222")
    yield text((left + right) / 2, bottom + 36, "operations for each byte of weights", 12,
               "middle")
    x, y = left - 44, (top + bottom) / 2
    yield text(x, y, "GOP/s", 12, "middle", extra=f'transform="rotate(-90 {x:.1f} {y:.1f})"')


def draw_roofs(scale, levels, slopes):
    highest = max(levels.values(), default=scale.high_y)
    for name, bandwidth in slopes.items():
        begin = max(scale.low_x, scale.low_y / bandwidth)
        end = min(scale.high_x, highest / bandwidth)
        x1, y1 = scale.across(begin), scale.up(begin * bandwidth)
        x2, y2 = scale.across(end), scale.up(end * bandwidth)
        yield line(x1, y1, x2, y2, "#444", 'stroke-width="1.2"')
        angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
        x, y = x1 + 0.02 * (x2 - x1), y1 + 0.02 * (y2 - y1) - 5
        yield text(x, y, f"{name}: {bandwidth:.0f} GB/s", 11, color="#444",
                   extra=f'{HALO} transform="rotate({angle:.1f} {x:.1f} {y:.1f})"')
    steepest = max(slopes.values(), default=None)
    last = None
    for name, rate in sorted(levels.items(), key=lambda item: -item[1]):
        begin = max(scale.low_x, rate / steepest) if steepest else scale.low_x
        y = scale.up(rate)
        yield line(scale.across(begin), y, scale.across(scale.high_x), y, "#444",
                   'stroke-width="1.2"')
        # Labels of levels that nearly coincide go below one another.
        label = y - 4 if last is None or y - last > 14 else last + 13
        last = label
        yield text(scale.across(scale.high_x) - 4, label, f"{name}: {rate:.0f}", 11, "end",
                   "#444", HALO)


def draw_series(scale, series, color, labelled):
    cached = [p for p in series if not p[3]]
    path = " ".join(f"{scale.across(i):.1f},{scale.up(r):.1f}" for i, r, _, _ in cached)
    yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.6"/>'
    labelled_x = -math.inf
    for intensity, rate, batch, streamed in series:
        x, y = scale.across(intensity), scale.up(rate)
        fill = "#fff" if streamed else color
        yield (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{fill}" '
               f'stroke="{color}" stroke-width="1.5"/>')
        if labelled and not streamed and x - labelled_x >= LABEL_DISTANCE:
            yield text(x, y - 7, str(batch), 9, "middle", color, HALO)
            labelled_x = x


def draw_legend(names):
    x = LEFT
    for name, color in names:
        yield f'<rect x="{x}" y="26" width="12" height="4" fill="{color}"/>'
        yield text(x + 16, 32, name)
        x += 34 + 7 * len(name)
    yield text(x, 32, "hollow: N = 1, streamed from memory; numbers: N", color="#666")


def draw(results):
    """The picture, or None if nothing of the shape was measured."""
    panels = []
    for threads in sorted({cell.threads for cell in results.cells}):
        series = [(name, color, labelled, found) for name, color, labelled in SERIES
                  if (found := points(results, name, threads))]
        if series:
            panels.append((threads, series, *roofs(results, threads)))
    if not panels:
        return None
    intensities = [p[0] for _, series, _, _ in panels for *_, found in series for p in found]
    rates = [p[1] for _, series, _, _ in panels for *_, found in series for p in found]
    rates += [rate for _, _, levels, _ in panels for rate in levels.values()]
    width = WIDTH * len(panels)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" '
             f'viewBox="0 0 {width} {HEIGHT}" font-family="sans-serif">',
             f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
             text(LEFT, 17, f"Contraction {SHAPE}, medians", 15, extra='font-weight="bold"')]
    names = {name: color for _, series, _, _ in panels for name, color, *_ in series}
    lines += draw_legend(names.items())
    for index, (threads, series, levels, slopes) in enumerate(panels):
        scale = Scale(index * WIDTH, intensities, rates)
        lines += draw_axes(scale, threads)
        lines += draw_roofs(scale, levels, slopes)
        for _, color, labelled, found in series:
            lines += draw_series(scale, found, color, labelled)
    return "\n".join([*lines, "</svg>", ""])
