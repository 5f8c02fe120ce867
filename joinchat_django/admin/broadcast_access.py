"""Who may do what with broadcasts."""

from __future__ import annotations

from django.http import HttpRequest

from joinchat_django.models import Broadcast

#: People that may be selected by whoever may send messages and no broadcasts.
LARGEST_SELECTION = 500


def may_send(request: HttpRequest) -> bool:
    """Tell whether this visitor may send to anybody at all."""
    return _has(request, "send_message") or _has(request, "send_broadcast")


def may_send_to(request: HttpRequest, selected: int) -> bool:
    """Tell whether this visitor may send to a selection of this size."""
    if _has(request, "send_broadcast"):
        return True
    return selected <= LARGEST_SELECTION and _has(request, "send_message")


def may_control(request: HttpRequest, broadcast: Broadcast) -> bool:
    """Tell whether this visitor may pause, resume, cancel and retry: their own, or all."""
    if _has(request, "send_broadcast"):
        return True
    return is_own(request, broadcast) and _has(request, "send_message")


def may_see_all(request: HttpRequest) -> bool:
    """Tell whether this visitor may look at other people's broadcasts."""
    return _has(request, "view_broadcast") or _has(request, "send_broadcast")


def may_read(request: HttpRequest, broadcast: Broadcast) -> bool:
    """Tell whether this visitor may see what a broadcast says: their own, or any."""
    return is_own(request, broadcast) or _has(request, "read_content")


def may_see_samples(request: HttpRequest) -> bool:
    """Tell whether this visitor may see the sample data of templates, which may be somebody's."""
    names = ("view_messagetemplate", "change_messagetemplate", "read_content")
    return any(_has(request, name) for name in names)


def is_own(request: HttpRequest, broadcast: Broadcast) -> bool:
    """Tell whether this visitor asked for a broadcast."""
    return broadcast.requested_by_id is not None and broadcast.requested_by_id == request.user.pk


def _has(request: HttpRequest, codename: str) -> bool:
    return request.user.has_perm(f"joinchat_django.{codename}")
