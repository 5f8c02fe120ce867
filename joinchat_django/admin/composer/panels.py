"""One language's body: as a form and as JSON, which stay in step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from joinchat_django.admin.json_text import JSONText
from joinchat_django.api import Problem

from .matching import first_difference
from .operations import change_type
from .parts import Control, Group, Part
from .places import parent_of
from .reading import Posted, read_message, text_of
from .showing import TYPES, show_message
from .wording import TYPE_WORDINGS

#: Characters of a body that a page keeps of a type that is no longer chosen.
LONGEST_KEPT = 50_000


def pretty(data: Any) -> str:
    """Return data as the JSON that people edit."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def seal(text: str) -> str:
    """Return a short digest, by which a text that nobody has changed is known again."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:24]


class Panel:
    """The message in one language.

    ``body`` is None while the JSON is none; ``form`` is None, with ``obstacle`` saying why, while
    the form cannot show all of the body. ``mode`` is the tab that is open, "form" or "json".
    """

    def __init__(
        self, name: str, language: str, body: Any, *, mode: str = "form", text: str | None = None
    ) -> None:
        self.name = name
        self.language = language
        self.body = body
        self.mode = mode
        self.text = pretty(body) if text is None else text
        #: What it was in other types, as JSON, for whoever chooses one of them again.
        self.was: dict[str, str] = {}
        self.json_errors: list[str] = []
        self.general: list[tuple[str, str]] = []
        self.preview: Any = ""
        self.form: Group | None = None
        self.obstacle: str | Promise = ""
        self._show()

    @classmethod
    def read(cls, name: str, posted: Posted) -> Panel:
        """Return the panel that was submitted, made of whichever of its two tabs was edited."""
        language = text_of(posted, f"{name}-language")[:20].strip()
        mode = "json" if posted.get(f"{name}-mode") == "json" else "form"
        word = text_of(posted, f"{name}-kind")
        text = text_of(posted, f"{name}-json")
        body = read_message(word, posted, f"{name}-f") if word in TYPES else None
        if body is None or _json_counts(mode, text, body, posted, name):
            return cls._of_json(name, language, text, mode)
        was = {kind: text_of(posted, f"{name}-was-{kind}")[:LONGEST_KEPT] for kind in TYPES}
        wanted = text_of(posted, f"{name}-type")
        if wanted in TYPES and wanted != word:
            before = json.dumps(body, ensure_ascii=False)
            was[word] = before if len(before) < LONGEST_KEPT else ""
            body = _kept(was.pop(wanted), wanted) or change_type(body, wanted)
        panel = cls(name, language, body, mode=mode)
        panel.was = {kind: text for kind, text in was.items() if text}
        return panel

    @classmethod
    def _of_json(cls, name: str, language: str, text: str, mode: str) -> Panel:
        try:
            body = JSONText().clean(text)
        except ValidationError as error:
            panel = cls(name, language, None, mode="json", text=text)
            panel.json_errors = list(error.messages)
            return panel
        panel = cls(name, language, body, mode=mode, text=text)
        if panel.form is None:
            panel.mode = "json"
        return panel

    def _show(self) -> None:
        if self.body is None:
            self.obstacle = _("The form comes back once the JSON is in order.")
            return
        if not isinstance(self.body, Mapping):
            self.obstacle = _("The JSON must be an object: {…}.")
            return
        self.form = show_message(self.body, f"{self.name}-f")
        if self.form is None:
            self.obstacle = _("The form does not know this “template_type”.")
        elif (lost := first_difference(self.body, self.form, f"{self.name}-f")) is not None:
            self.form = None
            self.obstacle = _("The form cannot show “%(path)s” as it is written in the JSON.") % {
                "path": lost[:100]
            }
        if self.form is None:
            self.mode = "json"

    def hide_form(self, why: str | Promise) -> None:
        """Leave the JSON alone on the page."""
        self.form, self.obstacle, self.mode = None, why, "json"

    @property
    def kind(self) -> str:
        """The type of its message."""
        return str(self.body.get("template_type", "")) if isinstance(self.body, Mapping) else ""

    @property
    def types(self) -> Iterable[tuple[str, Any, Any, bool]]:
        """The types to choose from: word, label, description, and whether it is the chosen one."""
        return [(word, label, about, word == self.kind) for word, label, about in TYPE_WORDINGS]

    @property
    def seal(self) -> str:
        """By which the JSON is known again if nobody changes it."""
        return "" if self.json_errors else seal(self.text)

    @property
    def form_seal(self) -> str:
        """By which the form is known again if nobody changes it."""
        if self.form is None:
            return ""
        returned = read_message(self.kind, dict(self.form.inputs()), f"{self.name}-f")
        return seal(pretty(returned))

    @property
    def inputs(self) -> int:
        """How many inputs its form has."""
        return sum(1 for _pair in self.form.inputs()) if self.form else 0

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong in it."""
        return bool(self.json_errors or self.general or self.faulty)

    @property
    def faulty(self) -> list[Part]:
        """The parts of the form with errors."""
        return [part for part in self.form.parts() if part.errors] if self.form else []

    def place(self, problem: Problem, text: str) -> None:
        """Put what is to be said of a problem at its field, or else at what holds it."""
        path = problem.path
        found: Part | None = None
        while self.form and path and found is None:
            found = next((p for p in self.form.parts() if p.place.path == path), None)
            path = path if found else parent_of(path)
        if found is None:
            self.general.append((problem.path, text))
        else:
            rest = problem.path[len(path) :].lstrip(".")
            found.errors.append(f"{rest}: {text}" if rest else text)

    def count(self, lengths: Mapping[str, int]) -> None:
        """Tell the counters what variables become."""
        for part in self.form.parts() if self.form else ():
            if isinstance(part, Control) and part.most is not None and "{" in part.value:
                part.filled = lengths.get(part.place.path)


def _kept(text: str, word: str) -> dict[str, Any] | None:
    """Return the body that a page has kept of a type, if it is one that the form can show."""
    try:
        body = JSONText(required=False).clean(text)
    except ValidationError:
        return None
    return body if isinstance(body, dict) and body.get("template_type") == word else None


def _json_counts(mode: str, text: str, body: dict[str, Any], posted: Posted, name: str) -> bool:
    """Tell whether the JSON is what was edited last, and not the form."""
    is_json_changed = bool(text) and seal(text) != posted.get(f"{name}-seal")
    if mode == "json":
        return is_json_changed or not text
    return is_json_changed and seal(pretty(body)) == posted.get(f"{name}-form-seal")
