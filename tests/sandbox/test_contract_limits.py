"""How long a text may be, and how many items a list may have."""

from __future__ import annotations

import pytest

from .examples import full_request
from .payloads import ADJUSTMENT, ELEMENT, LINE, LINK, ROW, Path, changed, reasons, spelled

TEXT_LIMITS = [
    ("text", ("message", "text"), 640),
    ("button", ("message", "text"), 640),
    ("button", ("message", "buttons", 0, "title"), 20),
    ("button", ("message", "buttons", 1, "title"), 20),
    ("generic", ("message", "elements", 0, "title"), 80),
    ("generic", ("message", "elements", 0, "subtitle"), 80),
    ("generic", ("message", "elements", 0, "buttons", 0, "title"), 20),
    ("list", ("message", "elements", 1, "title"), 80),
    ("list", ("message", "elements", 1, "subtitle"), 80),
    ("list", ("message", "elements", 0, "buttons", 0, "title"), 20),
    ("list", ("message", "buttons", 0, "title"), 20),
]


@pytest.mark.parametrize(("kind", "path", "most"), TEXT_LIMITS)
@pytest.mark.parametrize("character", ["x", "字", "😀"])
def test_a_text_is_counted_in_code_points(kind: str, path: Path, most: int, character: str) -> None:
    payload = full_request(kind)
    for count in (1, most):
        assert reasons(changed(payload, path, character * count)) == []
    assert reasons(changed(payload, path, character * (most + 1))) == [
        f"{spelled(path)}: at most {most} characters, found {most + 1}"
    ]


LIST_LIMITS = [
    ("button", ("message", "buttons"), LINK, 1, 3),
    ("generic", ("message", "elements"), ELEMENT, 1, 10),
    ("generic", ("message", "elements", 0, "buttons"), LINK, 0, 3),
    ("list", ("message", "elements"), ROW, 2, 4),
    ("list", ("message", "elements", 0, "buttons"), LINK, 0, 1),
    ("list", ("message", "buttons"), LINK, 0, 1),
    ("receipt", ("message", "elements"), LINE, 0, 100),
]


@pytest.mark.parametrize(("kind", "path", "item", "least", "most"), LIST_LIMITS)
def test_a_list_has_as_many_items_as_the_contract_allows(
    kind: str, path: Path, item: object, least: int, most: int
) -> None:
    payload = full_request(kind)
    for count in (least, most):
        assert reasons(changed(payload, path, [item] * count)) == []
    assert reasons(changed(payload, path, [item] * (most + 1))) == [
        f"{spelled(path)}: at most {most}, found {most + 1}"
    ]
    if least:
        assert reasons(changed(payload, path, [item] * (least - 1))) == [
            f"{spelled(path)}: at least {least}, found {least - 1}"
        ]


def test_adjustments_have_no_limit_since_the_contract_names_none() -> None:
    payload = changed(full_request("receipt"), ("message", "adjustments"), [ADJUSTMENT] * 500)
    assert reasons(payload) == []
