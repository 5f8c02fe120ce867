"""A form as a browser without scripts has it: what it would submit, and which buttons it has."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class FormReader(HTMLParser):
    """Reads the inputs, selects, textareas and submit buttons of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        #: What submitting would send.
        self.values: dict[str, str] = {}
        #: The buttons that can be pressed: name and value.
        self.buttons: list[tuple[str, str]] = []
        #: The attributes of every element that has an id.
        self.by_id: dict[str, dict[str, str | None]] = {}
        self._select: str | None = None
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        found: dict[str, str | None] = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if found.get("id"):
            assert found["id"] not in self.by_id, f"{found['id']} is there twice"
            self.by_id[str(found["id"])] = found
        if tag == "button" or (tag == "input" and found.get("type") == "submit"):
            if name and "disabled" not in found:
                self.buttons.append((name, value))
        elif tag == "input" and name:
            if found.get("type") not in ("radio", "checkbox") or "checked" in found:
                is_box = found.get("type") == "checkbox"
                self.values[name] = value or ("on" if is_box else "")
        elif tag == "select":
            self._select = name
            self.values[name] = ""
        elif tag == "option" and self._select and "selected" in found:
            self.values[self._select] = value
        elif tag == "textarea":
            self._area = name
            self.values[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            text = self.values[self._area].removeprefix("\n")
            self.values[self._area] = text.replace("\r\n", "\n").replace("\n", "\r\n")
            self._area = None
        elif tag == "select":
            self._select = None


def form_of(response: Any) -> FormReader:
    """Return the form of a page, without the one that signs out."""
    html = response.content.decode()
    start = html.index('<form action="" method="post"' if "<form action" in html else "<form")
    for mark in ('id="messagetemplate_form"', 'enctype="multipart/form-data"'):
        if mark in html:
            start = html.rindex("<form", 0, html.index(mark))
            break
    return FormReader(html[start : html.index("</form>", start)])
