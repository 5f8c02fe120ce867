"""Reading catalogues of translations, without GNU gettext."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import joinchat_django

PACKAGE = Path(joinchat_django.__file__).parent
#: ``%(name)s`` and ``%s`` in texts, ``{}`` and ``{{ name }}`` and ``<code>`` around and in them.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{[{%].*?[%}]\}|\{\}|</?\w+>")


@dataclass
class Entry:
    """A text and its translations, one for each plural form."""

    msgid: str = ""
    msgid_plural: str = ""
    msgctxt: str = ""
    msgstr: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    is_obsolete: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.msgctxt, self.msgid


def catalogues() -> list[Path]:
    """Return the package's catalogues, such as that of ``zh_Hans``."""
    return sorted(PACKAGE.glob("locale/*/LC_MESSAGES/*.po"))


def read_po(path: Path) -> list[Entry]:
    """Return a catalogue's entries; the first one, for the empty text, is its header."""
    blocks = re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip())
    return [entry for block in blocks if (entry := _entry(block)) is not None]


def read_mo(path: Path) -> dict[str, list[str]]:
    """Return a compiled catalogue's translations by text, with its context before it."""
    with path.open("rb") as file:
        found = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    texts: dict[str, dict[int, str]] = {}
    for key, text in found.items():
        msgid, number = key if isinstance(key, tuple) else (key, 0)
        texts.setdefault(msgid, {})[number] = text
    return {msgid: [forms[n] for n in sorted(forms)] for msgid, forms in texts.items()}


def placeholders(text: str) -> list[str]:
    """Return what is filled in, in an order that does not depend on the language."""
    return sorted(PLACEHOLDER.findall(text))


def _entry(block: str) -> Entry | None:
    entry, last, was_read = Entry(), "", False
    for line in block.splitlines():
        if line.startswith("#,"):
            entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        entry.is_obsolete |= line.startswith("#~")
        for keyword, text in _strings(line.removeprefix("#~ ")):
            last, was_read = keyword or last, True
            if last.startswith("msgstr"):
                number = int(last[7:-1] or 0) if "[" in last else 0
                entry.msgstr[number] = entry.msgstr.get(number, "") + text
            else:
                setattr(entry, last, getattr(entry, last) + text)
    return entry if was_read else None


def _strings(line: str) -> Iterator[tuple[str, str]]:
    if match := re.fullmatch(r'(msg\w+(?:\[\d+\])?)?\s*(".*")', line.strip()):
        yield match[1] or "", ast.literal_eval(match[2])
