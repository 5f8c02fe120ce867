"""Which of Django's signals links depend on."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_save, pre_delete

from joinchat_django.models import MessengerLink

from .departures import link_goes, link_gone, user_goes, user_gone, user_saved
from .pending import link_pending_at_login

_UID = "joinchat_django.linking"


def connect() -> None:
    """Link waiting uuids whenever somebody signs in, and notice who is deactivated or deleted."""
    user_logged_in.connect(link_pending_at_login, dispatch_uid=_UID)
    pre_delete.connect(link_goes, sender=MessengerLink, dispatch_uid=_UID)
    post_delete.connect(link_gone, sender=MessengerLink, dispatch_uid=_UID)
    users = get_user_model()
    for model in apps.get_models():
        # Proxies, too: their rows are users, and Django tells of them under the proxy's name.
        if issubclass(model, users):
            post_save.connect(user_saved, sender=model, dispatch_uid=_UID)
            pre_delete.connect(user_goes, sender=model, dispatch_uid=_UID)
            post_delete.connect(user_gone, sender=model, dispatch_uid=_UID)
