"""The settings come as JSON from the environment, each test's own."""

from __future__ import annotations

import json
import os

SECRET_KEY = "site"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "joinchat_django"]
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"]},
}
globals().update(json.loads(os.environ["SITE_SETTINGS"]))
