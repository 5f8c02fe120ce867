"""The composer as a page uses it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from joinchat_django.admin.choices import bot_choices, working_bots
from joinchat_django.preview import render_message
from joinchat_django.rendering import PlainDataRequired, Variable, variables_of

from .drafts import Draft
from .languages import MOST_LANGUAGES, first_language, language_choices, language_name
from .operations import Operation, perform
from .panels import Panel
from .reading import text_of
from .remarks import Remark, remarks_on, sentence, with_path
from .sample_data import SampleData
from .sending import SendingForm

#: What a message begins with.
BLANK = {"template_type": "text"}
#: Inputs that a page may have beside the composer's.
OTHER_INPUTS = 100


class MessageComposer:
    """A form for a message in all its languages, with tag, delay and sample data.

    ``initial`` is a ``MessageTemplate``, a ``Broadcast`` or anything with their ``language``,
    ``body``, ``variants``, ``tag``, ``is_promotional`` and ``delay``; a ``sample`` is optional.
    ``data`` is what a browser submitted. Its buttons ask for an *operation* (add, move, …), which
    has been done then; :meth:`is_valid` is False, and the page is to be shown again.
    """

    def __init__(
        self, data: QueryDict | None = None, *, prefix: str = "composer", initial: Any = None
    ) -> None:
        self.prefix = prefix
        self.initial = initial
        self.is_bound = data is not None
        self.active = 0
        self.focus = ""
        self.other_errors: list[str] = []
        self.bot = (data.get(f"{prefix}-bot") if data else "") or next(
            iter(working_bots()), "default"
        )
        self._know(data)
        given = {name: getattr(initial, name, None) for name in ("is_promotional", "delay")}
        given["tag"] = self.known_tag
        self.sending = SendingForm(data, prefix=prefix, initial=given)
        if data is None:
            self.asked = ""
            self.is_checked = False
            self._begin()
        else:
            self.asked = text_of(data, f"{prefix}-op")
            self.is_checked = not self.asked or bool(data.get(f"{prefix}-checked"))
            self._read(data)
            self._operate(data)
        self._finish()

    @property
    def media(self) -> forms.Media:
        """Its style sheets and its script."""
        return forms.Media(
            css={"all": ["joinchat_django/preview.css", "joinchat_django/admin/composer.css"]},
            js=["joinchat_django/admin/composer.js"],
        )

    @property
    def wants_test(self) -> bool:
        """Whether “Send me a test” was clicked."""
        return self.asked == "test"

    def is_valid(self) -> bool:
        """Tell whether it was submitted to be kept, and nothing is wrong."""
        return self.is_bound and not self.asked and not self.errors

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by the fields that :meth:`apply_to` sets."""
        found: dict[str, list[str]] = {}
        for index, panel in enumerate(self.panels):
            texts = [*panel.json_errors, *(with_path(*pair) for pair in panel.general)]
            texts += [with_path(part.place.path, e) for part in panel.faulty for e in part.errors]
            if texts:
                found.setdefault("variants" if index else "body", []).extend(texts)
        if self.sample.errors:
            found["sample"] = self.sample.errors
        if self.is_checked:
            found |= {name: [str(t) for t in texts] for name, texts in self.sending.errors.items()}
        if self.other_errors:
            found["__all__"] = self.other_errors
        return found

    def apply_to(self, obj: Any) -> None:
        """Set an object's message, how it goes out, and its sample data where it has them."""
        obj.language = self.panels[0].language
        obj.body = self.panels[0].body
        obj.variants = {panel.language: panel.body for panel in self.panels[1:]}
        for name, value in self.sending.cleaned_data.items():
            setattr(obj, name, value)
        if hasattr(obj, "sample"):
            obj.sample = self.sample.data

    def add_error(self, field: str, text: str) -> None:
        """Take in what the page that uses the composer has found wrong."""
        if field in ("tag", "delay", "is_promotional"):
            self.sending.add_error(field, text)
        elif field == "sample":
            self.sample.errors.append(text)
        else:
            self.other_errors.append(text)

    def _know(self, data: QueryDict | None) -> None:
        """Note which tag and languages may stay, though the settings no longer have them.

        The page carries them along for the script's sake, which asks without the object. Where
        something is to be saved the object alone counts.
        """
        if self.initial is None and data is not None:
            self.known_tag = text_of(data, f"{self.prefix}-known-tag")[:100]
            codes = text_of(data, f"{self.prefix}-known-languages")[:1_000].split(",")
            self.known_languages = [code for code in codes if code][:MOST_LANGUAGES]
        else:
            self.known_tag = str(getattr(self.initial, "tag", "") or "")
            variants = getattr(self.initial, "variants", None) or {}
            codes = [str(getattr(self.initial, "language", "") or ""), *variants]
            self.known_languages = [code for code in codes if code]

    def _begin(self) -> None:
        body = getattr(self.initial, "body", None)
        language = getattr(self.initial, "language", "")
        if body is None:
            body, language = BLANK, language or first_language()
        bodies = {language: body, **(getattr(self.initial, "variants", None) or {})}
        self.panels = [
            Panel(f"{self.prefix}-{index}", code, found)
            for index, (code, found) in enumerate(bodies.items())
        ]
        sample = getattr(self.initial, "sample", None) or {}
        self.sample = SampleData(f"{self.prefix}-sample", sample)

    def _read(self, data: QueryDict) -> None:
        count = _number(data.get(f"{self.prefix}-panels", "1"))
        many = max(1, min(count, MOST_LANGUAGES))
        self.panels = [Panel.read(f"{self.prefix}-{index}", data) for index in range(many)]
        self.active = min(_number(data.get(f"{self.prefix}-panel", "0")), many - 1)
        self.sample = SampleData.read(f"{self.prefix}-sample", data, self._variables())

    def _variables(self) -> tuple[Variable, ...]:
        return variables_of(*(panel.body for panel in self.panels))

    def _operate(self, data: QueryDict) -> None:
        asked = Operation.parse(self.asked)
        panel = self.panels[min(asked.panel, len(self.panels) - 1)]
        if asked.verb == "language-add":
            self._add_language(data.get(f"{self.prefix}-new-language", ""))
        elif asked.verb == "language-remove" and 0 < asked.panel < len(self.panels):
            del self.panels[asked.panel]
            self.active = 0
            self._renumber()
            self.focus = f"id_{self.prefix}-new-language"
        elif asked.verb in ("row-add", "row-remove") and not self.sample.errors:
            self.focus = self.sample.change_rows(asked.verb, asked.path)
        elif asked.verb in ("add", "remove", "up", "down", "on", "off") and panel.form:
            body, path = perform(panel.body, asked)
            changed = Panel(panel.name, panel.language, body, mode=panel.mode)
            changed.was = panel.was
            self.panels[self.panels.index(panel)] = changed
            parts = changed.form.parts() if changed.form else ()
            self.focus = next((p.place.id for p in parts if p.place.path == path and path), "")

    def _add_language(self, code: str) -> None:
        if code in dict(self.new_languages) and len(self.panels) < MOST_LANGUAGES:
            first = self.panels[0]
            name = f"{self.prefix}-{len(self.panels)}"
            text = first.text if first.json_errors else None
            self.panels.append(Panel(name, code, first.body, mode=first.mode, text=text))
            self.panels[-1].json_errors = list(first.json_errors)
            self.active = len(self.panels) - 1
            self.focus = f"id_{name}-tab"

    def _renumber(self) -> None:
        for index, panel in enumerate(self.panels):
            errors = panel.json_errors
            text = panel.text if errors else None
            name = f"{self.prefix}-{index}"
            self.panels[index] = Panel(name, panel.language, panel.body, mode=panel.mode, text=text)
            self.panels[index].json_errors = errors
            self.panels[index].was = panel.was

    def _finish(self) -> None:
        self.sample.show(self._variables())
        self._keep_within_bounds()
        self.gaps: list[Remark] = []
        for panel in self.panels:
            if panel.body is None:
                continue
            try:
                draft = Draft(panel.body, self.sample.data, panel.language)
            except PlainDataRequired as error:
                self.sample.errors.append(str(error))
                continue
            panel.preview = render_message(draft.message)
            panel.count(draft.lengths)
            if self.is_bound:
                self._report(panel, draft)
        if self.is_bound:
            self._check_languages()

    def _keep_within_bounds(self) -> None:
        """Show so many forms only as Django takes the inputs of."""
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        room = (most or 10**9) - OTHER_INPUTS - 4 * len(self.sample.parts)
        for panel in self.panels:
            room -= panel.inputs + 12
            if panel.form and room < 0:
                panel.hide_form(
                    _("This message is too long for the form: the site takes %(most)s inputs.")
                    % {"most": most}
                )

    def _report(self, panel: Panel, draft: Draft) -> None:
        for problem in draft.problems() or (draft.missing() if self.is_checked else []):
            text = sentence(problem)
            if self.is_checked or not draft.is_gap(problem):
                panel.place(problem, text)
            else:
                self.gaps.append(Remark(problem.path or text, panel.name))

    def _check_languages(self) -> None:
        known = dict(language_choices(*self.known_languages))
        seen: set[str] = set()
        for panel in self.panels:
            if panel.language in seen:
                panel.general.append(("", _("There are two messages in this language.")))
            elif (panel.language and panel.language not in known) or (
                not panel.language and panel is not self.panels[0]
            ):
                panel.general.append(("", _("Choose one of the site's languages.")))
            seen.add(panel.language)

    @property
    def bots(self) -> list[tuple[str, Any]]:
        """The bots that a test can go over."""
        return bot_choices()

    @property
    def languages(self) -> list[tuple[str, Any]]:
        """The default language's choices: all that no variant is written in."""
        taken = {panel.language for panel in self.panels[1:]}
        choices = language_choices(self.panels[0].language)
        return [("", _("not stated")), *((c, n) for c, n in choices if c not in taken)]

    @property
    def new_languages(self) -> list[tuple[str, Any]]:
        """The languages that it could be written in, too."""
        taken = {panel.language for panel in self.panels}
        return [(code, name) for code, name in language_choices() if code not in taken]

    @property
    def tabs(self) -> list[tuple[Panel, Any, bool]]:
        """The panels with the names of their languages, and whether each is the open one."""
        return [
            (panel, language_name(panel.language), index == self.active)
            for index, panel in enumerate(self.panels)
        ]

    @property
    def remarks(self) -> list[Remark]:
        """Everything that is wrong, each with the place to go to."""
        return [*remarks_on(self), *(Remark(t, f"id_{self.prefix}") for t in self.other_errors)]


def _number(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 4 else 0
