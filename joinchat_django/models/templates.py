from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from joinchat_django import conf
from joinchat_django.api import InvalidMessage
from joinchat_django.rendering import MessageBody, missing_variables, plain_data


class MessageTemplate(models.Model):
    """A message with ``{{ variables }}``, written by staff and sent by its slug.

    ``body`` is the contract's JSON of the message, see :mod:`joinchat_django.rendering`.
    ``sample`` is a context for trying it out. ``tag`` and ``delay`` (seconds) apply unless a
    sender gives its own.
    """

    slug = models.SlugField(
        _("slug"), max_length=100, unique=True, help_text=_("The name that code sends it by.")
    )
    name = models.CharField(_("name"), max_length=200)
    body = models.JSONField(_("body"), help_text=_("The message as JSON, with {{ variables }}."))
    sample = models.JSONField(
        _("sample data"),
        default=dict,
        blank=True,
        help_text=_("Values for the variables, to try the template out with."),
    )
    tag = models.CharField(
        _("tag"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("Lifts the 24-hour window. Never for deals, coupons or discounts."),
    )
    delay = models.PositiveSmallIntegerField(_("delay in seconds"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a body that is no template, and sample data that do not make a message of it.

        A variable that the sample data lack is a mistake in one of the two. Nothing is tried out
        without sample data.
        """
        super().clean()
        try:
            body = MessageBody.compile(self.body)
            if self.sample:
                context = _with_sample_user(plain_data(self.sample))
                problems = missing_variables(self.body, context)
                if problems:
                    raise InvalidMessage(problems)
                body.render(context)
        except InvalidMessage as error:
            raise ValidationError({"body": [str(problem) for problem in error.problems]}) from error
        except TypeError as error:
            raise ValidationError({"sample": str(error)}) from error


def _with_sample_user(context: dict[str, Any]) -> dict[str, Any]:
    """Add a recipient, of whom sample data need to name only what matters."""
    user = {name: name.replace("_", " ") for name in conf.templates().user_fields}
    given = context.get("user")
    return {**context, "user": {**user, **given} if isinstance(given, dict) else user}
