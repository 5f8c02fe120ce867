"""The messages that staff write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joinchat_django import conf
from joinchat_django.api import InvalidMessage
from joinchat_django.api.tags import check_tag
from joinchat_django.rendering import (
    MessageBody,
    PlainDataRequired,
    dated,
    is_code,
    missing_variables,
    normal_code,
    plain_data,
    with_user,
)
from joinchat_django.wording import localized, told

if TYPE_CHECKING:
    from .columns import JSON, Chars, Flag, MaybeSmall, Moment, Slug


class MessageTemplate(models.Model):
    """A message with ``{{ variables }}``, written by staff and sent by its slug.

    ``body`` is the contract's JSON of the message, see :mod:`joinchat_django.rendering`, written in
    ``language``; ``variants`` are bodies in other languages, by language code. ``sample`` is a
    context for trying them out. ``tag`` and ``delay`` (seconds) apply unless a sender gives its
    own; a promotional message never has a tag.
    """

    slug: Slug = models.SlugField(
        _("slug"), max_length=100, unique=True, help_text=_("The name that code sends it by.")
    )
    name: Chars = models.CharField(_("name"), max_length=200)
    language: Chars = models.CharField(
        _("language"),
        max_length=20,
        blank=True,
        default="",
        help_text=_(
            "Of the message itself: it goes to everybody for whose language there is none."
        ),
    )
    body: JSON = models.JSONField(
        _("body"), help_text=_("The message as JSON, with {{ variables }}.")
    )
    variants: JSON = models.JSONField(
        _("other languages"),
        default=dict,
        blank=True,
        help_text=_("The message in other languages: bodies by language code."),
    )
    sample: JSON = models.JSONField(
        _("sample data"),
        default=dict,
        blank=True,
        help_text=_("Values for the variables, to try the template out with."),
    )
    tag: Chars = models.CharField(
        _("tag"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("Lifts the 24-hour window. Never for deals, coupons or discounts."),
    )
    is_promotional: Flag = models.BooleanField(
        _("promotional"),
        default=False,
        help_text=_("A deal, a coupon or a discount. Messenger forbids a tag on it."),
    )
    delay: MaybeSmall = models.PositiveSmallIntegerField(
        _("delay in seconds"), null=True, blank=True
    )
    created_at: Moment = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at: Moment = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_promotional=False) | models.Q(tag=""),
                name="joinchat_template_promotional_without_tag",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def bodies(self) -> dict[str, Any]:
        """The bodies by language, the default one first."""
        others = {code: body for code, body in self.variants.items() if code != self.language}
        return {self.language: self.body, **others}

    def clean(self) -> None:
        """Refuse bodies that are no templates, and sample data that make no message of each.

        A variable that the sample data lack is a mistake in one of the two. Nothing is tried out
        without sample data. Refused are also languages that are none or appear twice, a tag that
        no bot may use, and any tag on promotional content.

        Raises ``ValidationError`` with the errors of ``language``, ``body``, ``variants``,
        ``sample`` and ``tag``; those of ``variants`` begin with the language that they are about.
        """
        super().clean()
        errors = {
            "language": self._errors_of_language(),
            "body": [],
            "variants": self._errors_of_variants(),
            "tag": self._errors_of_tag(),
        }
        sample: dict[str, Any] = {}
        try:
            sample = plain_data(self.sample)
        except PlainDataRequired as error:
            errors["sample"] = [str(error)]
        errors["body"] = _errors_of_body(self.body, self.language, sample)
        if not errors["variants"]:
            errors["variants"] = [
                f"{language}: {error}"
                for language, body in self.variants.items()
                for error in _errors_of_body(body, language, sample)
            ]
        if found := {field: messages for field, messages in errors.items() if messages}:
            raise ValidationError(found)

    def _errors_of_language(self) -> list[str]:
        if not self.language or is_code(self.language):
            return []
        return [_no_code(self.language)]

    def _errors_of_variants(self) -> list[str]:
        if not isinstance(self.variants, dict):
            return [gettext("Must be an object that holds bodies by language code.")]
        errors = []
        seen = {normal_code(self.language)} - {""}
        for language in self.variants:
            code = normal_code(language)
            if not is_code(language):
                errors.append(_no_code(language))
            elif code == normal_code(self.language):
                errors.append(
                    gettext("%(language)s: is the language of the message itself. Write it there.")
                    % {"language": language}
                )
            elif code in seen:
                errors.append(
                    gettext("%(language)s: is there twice. Keep one of the two.")
                    % {"language": language}
                )
            seen.add(code)
        return errors

    def _errors_of_tag(self) -> list[str]:
        if self.tag and self.is_promotional:
            return [
                gettext(
                    "Messenger forbids tags on promotional content. Choose no tag, or say that "
                    "this is no deal, coupon or discount."
                )
            ]
        try:
            extra_tags = {tag for bot in conf.bots().values() for tag in bot.options.extra_tags}
            check_tag(self.tag or None, extra_tags)
        except ImproperlyConfigured as error:
            return [gettext("The settings of a bot are faulty: %(error)s") % {"error": error}]
        except InvalidMessage as error:
            return [localized(problem.limit) for problem in error.problems]
        return []


def _no_code(language: str) -> str:
    message = gettext("%(language)s: is no code of a language. Codes look like “pt” or “pt-br”.")
    return message % {"language": language}


def _errors_of_body(source: Any, language: str, sample: dict[str, Any]) -> list[str]:
    """Return what is wrong with a body; with sample data, also what they make of it."""
    try:
        body = MessageBody.compile(source, language=language)
        if sample:
            context = with_user(sample, conf.templates().user_fields)
            if problems := missing_variables(source, context):
                raise InvalidMessage(problems)
            body.render(dated(source, context))
    except InvalidMessage as error:
        return [told(problem) for problem in error.problems]
    return []
