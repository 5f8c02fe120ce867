"""The settings of a small shop."""

from __future__ import annotations

SECRET_KEY = "site"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "joinchat_django",
    "shop",
]
ROOT_URLCONF = "shop.urls"
JOINCHAT = {
    "default": {
        "PAGE_ID": 12345,
        "API_SECRET": "s3cret",
        "BACKEND": "shop.delivery.FileBackend",
        "OPTIONS": {"deadline": 10},
    },
}
JOINCHAT_DELIVERY = {"DISPATCHER": "shop.delivery.BellDispatcher"}
