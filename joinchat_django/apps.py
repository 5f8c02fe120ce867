"""What Django starts of this app."""

from __future__ import annotations

from contextlib import suppress

from django.apps import AppConfig
from django.core.checks import register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JoinChatConfig(AppConfig):
    """The app. Its migrations do not depend on the site's ``DEFAULT_AUTO_FIELD``."""

    name = "joinchat_django"
    verbose_name = _("JoinChat")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, link at sign-in, and import each app's ``joinchat`` module.

        Broadcasts become a source of delivery. The dispatcher is imported, too, so that a queue's
        workers know its task.
        """
        from joinchat_django import checks, conf, linking, security_checks
        from joinchat_django.broadcasts import fan_out
        from joinchat_django.delivery import sources
        from joinchat_django.delivery.dispatchers import dispatcher_class

        register(checks.check_settings)
        register(checks.check_deployment, deploy=True)
        register(security_checks.check_security, deploy=True)
        linking.connect()
        sources.register("broadcasts", fan_out.feed)
        with suppress(ImproperlyConfigured):  # A check reports it.
            dispatcher_class(conf.delivery().dispatcher)
        autodiscover_modules("joinchat")
