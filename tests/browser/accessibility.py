"""What axe-core finds wrong with a page that is open in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
SERIOUS = ("serious", "critical")

#: What Django's own admin does, on pages that are none of ours as well: rule, what it is inside
#: of, and why it is not ours to mend.
STOCK = (
    (
        "link-in-text-block",
        ".breadcrumbs",
        "The trail's links differ from its text by colour alone, in all of Django's admin.",
    ),
    (
        "aria-input-field-name",
        ".select2-container--admin-autocomplete",
        "The script that Django's admin brings for autocomplete fields names them by their value.",
    ),
)

_RUN = """
    async ([rules, stock]) => {
        for (const change of document.getAnimations())
            if (change.effect.getComputedTiming().endTime !== Infinity) change.finish();
        const found = await axe.run(document, {
            runOnly: {type: "tag", values: rules}, resultTypes: ["violations"], elementRef: true,
        });
        const lines = [];
        for (const {id, impact, help, nodes} of found.violations)
            for (const {element, target, html, failureSummary} of nodes)
                if (!stock.some(([rule, place]) => rule === id && element.closest(place)))
                    lines.push({id, impact, help, place: target.join(" "), html, failureSummary});
        return lines;
    }
"""


def violations(page: Page, axe: Path) -> list[str]:
    """Return what is seriously wrong, each with its rule, its place and what to do.

    ``axe`` is the library's file. It is evaluated, which no policy of the page forbids. Colours
    that are fading into others, as after a change of the theme, are looked at when they are there.
    """
    page.evaluate(axe.read_text(encoding="utf-8"))
    stock = [[rule, place] for rule, place, _reason in STOCK]
    found: list[dict[str, Any]] = page.evaluate(_RUN, [list(RULES), stock])
    return [_described(wrong) for wrong in found if wrong["impact"] in SERIOUS]


def _described(wrong: dict[str, Any]) -> str:
    what = " ".join(str(wrong["failureSummary"]).split())
    return (
        f"{wrong['id']} ({wrong['impact']}) at {wrong['place']}\n"
        f"    {wrong['help']}. {what}\n    {wrong['html'][:200]}"
    )
