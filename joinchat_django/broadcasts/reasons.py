"""Why a broadcast does not reach somebody, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: By the names that a broadcast's ``reach`` has for them.
REASONS: dict[str, Any] = {
    "not_linked": _("not linked"),
    "switched_off": _("the link is switched off"),
    "deactivated": _("the user is deactivated"),
    "other_bot": _("linked to another bot"),
    "no_user": _("names no user"),
    "repeated": _("selected more than once"),
}
