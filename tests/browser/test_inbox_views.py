"""Each view of the sandbox's inbox: on a phone, to a screen reader, and as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from .inbox import VIEWS, Looker
from .inspection import PHONE, assert_none, faults, keep_pictures, pictures_only, sideways, widen

pytestmark = pytest.mark.thorough

each_view = pytest.mark.parametrize("view", VIEWS)

#: What can be scrolled sideways inside of the page, the parts that are meant for it excepted.
SCROLLED = """
    () => [...document.querySelectorAll("body, body *")].filter((part) =>
        part.scrollWidth > part.clientWidth + 1
        && ["auto", "scroll"].includes(getComputedStyle(part).overflowX)
        && !part.matches("pre, .jc-carousel")
    ).map((part) => `${part.localName}.${part.className}`)
"""


@each_view
def test_a_view_fits_a_phone(looker: Looker, view: str) -> None:
    VIEWS[view](looker)
    assert_none(sideways(looker.page) + looker.page.evaluate(SCROLLED), view)


@each_view
def test_a_view_can_be_used_without_seeing_it_well(looker: Looker, view: str, axe: Path) -> None:
    VIEWS[view](looker)
    found = faults(looker.page, axe)
    widen(looker.page, PHONE)
    assert_none(found + faults(looker.page, axe), view)


@pictures_only
@each_view
def test_a_view_is_kept_as_a_picture(looker: Looker, view: str) -> None:
    VIEWS[view](looker)
    keep_pictures(looker.page, view)
