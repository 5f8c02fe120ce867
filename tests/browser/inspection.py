"""Looking at a page that is open in the browser: on a phone, to a screen reader, as a picture.

``JOINCHAT_TEST_PICTURES`` names a folder for pictures. Without it none is taken, and contrast is
measured in the light theme alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from .accessibility import violations

PICTURES = os.environ.get("JOINCHAT_TEST_PICTURES", "")
PHONE = 360
DESK = 1280
WIDTHS = (DESK, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

pictures_only = pytest.mark.skipif(
    not PICTURES, reason="JOINCHAT_TEST_PICTURES names no folder for pictures."
)

#: How far a page reaches, if it can be scrolled sideways, and the innermost parts that do.
STICKS_OUT = """
    () => {
        const page = document.documentElement;
        if (page.scrollWidth <= page.clientWidth) return [];
        const own = (node) => node.tagName.toLowerCase() + (node.id ? "#" + node.id : "")
            + [...node.classList].map((each) => "." + each).join("");
        const reach = (node) => {
            const {left, right} = node.getBoundingClientRect();
            const clips = getComputedStyle(node).overflowX !== "visible";
            return clips ? right : Math.max(right, left + node.scrollWidth);
        };
        const found = (node) => {
            if (reach(node) <= page.clientWidth) return [];
            const inner = [...node.children].flatMap(found);
            const name = `${own(node.parentElement)} > ${own(node)}`;
            return inner.length ? inner : [`${name} reaches ${Math.round(reach(node))} px`];
        };
        return [`all of it reaches ${page.scrollWidth} px`, ...found(document.body)];
    }
"""


def widen(page: Page, width: int) -> None:
    """Make the window so wide."""
    page.set_viewport_size({"width": width, "height": 900})


def sideways(page: Page, width: int = PHONE) -> list[str]:
    """Return what sticks out, if the page can be scrolled sideways, on a small phone or so wide."""
    widen(page, width)
    found: list[str] = page.evaluate(STICKS_OUT)
    return [f"at {width} px: {line}" for line in found]


def faults(page: Page, axe: Path) -> list[str]:
    """Return what ``axe``, the file of axe-core, finds seriously wrong with the page."""
    found = []
    for theme in THEMES if PICTURES else THEMES[:1]:
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {line}" for line in violations(page, axe)]
    return found


def assert_none(found: list[str], name: str) -> None:
    """Fail with all that was found wrong with a page, if anything was."""
    if found:
        pytest.fail("\n".join([f"{name}:", *found]), pytrace=False)


def keep_pictures(page: Page, name: str) -> None:
    """Take pictures of the whole page, in each theme and width."""
    folder = Path(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            widen(page, width)
            path = folder / f"{name}--{theme}--{width}.png"
            page.screenshot(path=path, full_page=True, animations="disabled")
            assert path.stat().st_size > 0
