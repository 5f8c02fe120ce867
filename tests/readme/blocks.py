"""The README's blocks of code. A test that takes one from here has claimed it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.scripts import ROOT

README = (ROOT / "README.md").read_text("utf-8")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code, and the line of the README at which it begins."""

    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.language}-at-line-{self.line}"


BLOCKS = [
    Block(README.count("\n", 0, found.start()) + 1, found[1], found[2])
    for found in _FENCE.finditer(README)
]


def block(language: str, words: str) -> str:
    """Return the code of the one block that has these words in it."""
    [found] = every(language, words)
    return found.code


def every(language: str, words: str = "") -> list[Block]:
    """Return all blocks of a language, or those that have these words in them."""
    return [one for one in BLOCKS if one.language == language and words in one.code]


def section(heading: str) -> str:
    """Return what stands under a heading, up to the next one of its level or a higher one."""
    # Code has comments that look like headings.
    prose = _FENCE.sub(lambda fence: re.sub("^#", " ", fence[0], flags=re.MULTILINE), README)
    level = len(heading) - len(heading.lstrip("#"))
    start = prose.index(f"\n{heading}\n") + len(heading) + 2
    end = re.compile(rf"^#{{1,{level}}} |\Z", re.MULTILINE).search(prose, start)
    return README[start : end and end.start()]


def table(heading: str, first: str = "") -> list[list[str]]:
    """Return the rows of a section's table, without its head: the one whose head begins so."""
    text = section(heading)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    [found] = [one for one in tables if one.startswith(f"| {first}")]
    rows = [re.split(r"(?<!\\) *\| *", line.strip("| ")) for line in found.splitlines()]
    return rows[2:]
