"""The lines of the table that the benchmarks print."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Line:
    """One measure: what was compared, what came out, and what must be reached.

    ``where`` names database and Python as far as they matter. ``figure`` is a ratio (or the number
    that ``unit`` says), ``target`` the bound that it must reach, from above unless ``at_most``, or
    None for what only explains another figure.
    ``detail`` says how the figure came about, in absolute numbers of this machine.
    """

    measure: str
    where: str
    figure: float
    target: float | None = None
    at_most: bool = False
    unit: str = "×"
    detail: str = ""

    @property
    def bound(self) -> str:
        """What must be reached, in words."""
        sign = "≤" if self.at_most else "≥"
        return "" if self.target is None else f"{sign} {self.target:g} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        """Whether it is, in words."""
        if self.target is None:
            return ""
        return "met" if self.is_met(self.target) else "MISSED"

    def is_met(self, target: float) -> bool:
        """Tell whether a target is reached."""
        return self.figure <= target if self.at_most else self.figure >= target

    def to_json(self) -> str:
        """Return the line as JSON text, for the process that prints the table."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Line:
        """Return the line that a text of :meth:`to_json` stands for."""
        return cls(**json.loads(text))


def markdown(lines: Iterable[Line]) -> str:
    """Return the lines as a table that a reader of a terminal and one of Markdown can read."""
    rows = [("measure", "where", "measured", "must reach", "", "in figures")]
    for line in lines:
        rows.append(
            (
                line.measure,
                line.where,
                f"{line.figure:.3g} {line.unit}".strip(),
                line.bound,
                line.verdict,
                line.detail,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(texts)
