"""What the admin's templates ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def joinchat_warnings(context: template.Context) -> Sequence[Any]:
    """Return what the visitor of the admin's index is to know of the bots. Never raises."""
    # Tags are imported on sites without the admin, too.
    from joinchat_django.admin.index_warnings import warnings_for

    return warnings_for(context["request"])
