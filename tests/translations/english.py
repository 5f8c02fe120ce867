"""Finding English on a page that is to be in another language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

#: Attributes that a browser shows or reads out, or our scripts show.
SHOWN = ("alt", "aria-label", "data-about", "data-left", "data-lost", "data-over", "placeholder")
SHOWN_OF_BUTTONS = ("submit", "button")
SILENT = ("script", "style", "code", "pre", "textarea", "option")
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
#: Addresses and what developers have named, such as ``user.first_name``; uuids.
NAME = re.compile(r"[\w:/@-]*[A-Za-z0-9][._/@:][\w./@:-]+|uuid-[a-z-]+")


class _Texts(HTMLParser):
    """Collects what a page says within its main part, or all of it if there is no such part."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given[name] or "" for name in (*SHOWN, "title") if name in given]
        if tag == "input" and given.get("type") in SHOWN_OF_BUTTONS:
            self.found.append(given.get("value") or "")
        if tag in SILENT:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def english_on(page: str, known: set[str]) -> list[str]:
    """Return the texts of a page with a Latin word that is not ``known``, as a word or a text.

    Of an admin's page only the content counts: what is around it is Django's own.
    """
    texts = _Texts()
    begin, end = page.find('<div id="content"'), page.rfind('<footer id="footer"')
    texts.feed(page[begin : end if end > 0 else None] if begin >= 0 else page)
    return list(_strange(texts.found, known))


def _strange(texts: list[str], known: set[str]) -> Iterator[str]:
    for text in texts:
        said = " ".join(text.split())
        if said not in known and set(WORD.findall(NAME.sub("", said))) - known:
            yield said
