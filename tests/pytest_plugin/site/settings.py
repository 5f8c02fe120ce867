"""A site that delivers in the request, to the server that the environment names."""

from __future__ import annotations

import os

SECRET_KEY = "site"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "joinchat_django",
    "shop",
]
USE_TZ = True
JOINCHAT = {
    "default": {
        "PAGE_ID": 12345,
        "API_SECRET": "s3cret",
        "API_URL": os.environ["SITE_API_URL"],
    },
}
