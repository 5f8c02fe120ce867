"""The examples of JoinChat's own page, word for word, and what makes requests of them.

The files beside this one, in ``page``, are quoted as they stand there. The page is no strict JSON:
it leaves a comma before a closing bracket, writes ``...`` for buttons that it has explained before,
and closes the carousel once too often. Only that is mended here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_PAGE = Path(__file__).with_name("page")


def quoted(name: str) -> str:
    """Return one example as the page has it."""
    return (_PAGE / f"{name}.txt").read_text(encoding="utf-8")


def without_last_commas(text: str) -> str:
    return re.sub(r",(\s*[}\]])", r"\1", text)


def with_buttons(text: str, *buttons: str) -> str:
    """Put the buttons where the page has ``{ ... }``."""
    for button in buttons:
        text = re.sub(r"\{\s*\.\.\.\s*\}", lambda _match, new=button: new, text, count=1)  # type: ignore[misc]
    return text


def closed_once_less(text: str) -> str:
    """Take out the bracket that closes the carousel's request before ``tag``."""
    return re.sub(r'\}(\s*\},\s*"tag")', r"\1", text, count=1)


SIGNED = quoted("signed")
"""What the page's PHP example signs and sends."""

_WEB_URL = without_last_commas(quoted("web_url_button"))
_POSTBACK = quoted("postback_button")
_POSTBACK_TO_A_FLOW = _POSTBACK.replace('"<DEVELOPER_DEFINED_PAYLOAD>"', quoted("payload"))
_MENU = without_last_commas(quoted("menu"))

#: The requests, as the text that is sent.
PAGE_TEXTS: dict[str, str] = {
    "hello world, as the PHP example signs it": SIGNED,
    "hello world to a uuid": quoted("request"),
    "a text": without_last_commas(quoted("text")),
    "a menu with the buttons that the page explains": with_buttons(_MENU, _WEB_URL, _POSTBACK),
    "a menu with a button to a block and a flow": with_buttons(
        _MENU, _POSTBACK_TO_A_FLOW, _WEB_URL
    ),
    "a carousel": without_last_commas(closed_once_less(quoted("carousel"))),
    "a list": without_last_commas(quoted("list")),
}

PAGE_EXAMPLES: dict[str, dict[str, Any]] = {
    name: json.loads(text) for name, text in PAGE_TEXTS.items()
}
