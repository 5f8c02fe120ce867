"""The site's Celery app, as Celery's guide for Django has it."""

from __future__ import annotations

from celery import Celery

app = Celery("site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
