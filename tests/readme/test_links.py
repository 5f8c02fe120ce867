"""The README's links lead somewhere."""

from __future__ import annotations

import re

from .blocks import README, ROOT


def anchors() -> set[str]:
    """Return the anchors that GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_links_within_lead_to_headings() -> None:
    links = re.findall(r"\]\(#([^)]+)\)", README)
    assert links
    assert set(links) <= anchors()


def test_links_to_files_lead_to_files() -> None:
    links = re.findall(r"\]\((?!#|https?:)([^)]+)\)", README)
    assert "CHANGELOG.md" in links
    assert len([link for link in links if link.startswith("example_project/pictures/")]) >= 6
    assert [link for link in links if not (ROOT / link).is_file()] == []
