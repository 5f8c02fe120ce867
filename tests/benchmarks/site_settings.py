"""The site that is measured: Django's own users, this app, and django-post_office beside it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
from typing import Any

_told: dict[str, Any] = json.loads(os.environ["JOINCHAT_BENCHMARK"])

DATABASE: str = _told["DATABASE"]
#: Another name, for what is to be measured against the same app in another database.
NAME: str = _told["NAME"]
SINK: str = _told["SINK"]

if DATABASE == "mariadb":
    pymysql: Any = importlib.import_module("pymysql")
    # Django asks for a version of mysqlclient, in whose place PyMySQL stands.
    pymysql.version_info = (2, 2, 8, "final", 0)
    pymysql.install_as_MySQLdb()

ENGINES: dict[str, dict[str, Any]] = {
    "sqlite": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"timeout": 20}},
    "postgresql": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "USER": "postgres",
    },
    "mariadb": {"ENGINE": "django.db.backends.mysql", "HOST": "127.0.0.1", "USER": "root"},
}

SECRET_KEY = "benchmarks"
USE_TZ = True
DATABASES = {"default": {**ENGINES[DATABASE], "NAME": NAME}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "joinchat_django",
]
LOGGING_CONFIG = None

JOINCHAT = {
    "default": {
        "PAGE_ID": 12345,
        "API_SECRET": "the-secret-of-the-benchmarks",
        "API_URL": f"{SINK}/api/send_message",
        "OPTIONS": {"proxies": {}},
    },
}
JOINCHAT_DELIVERY: dict[str, Any] = {"DISPATCHER": "worker"}

if importlib.util.find_spec("post_office") and importlib.util.find_spec("anymail"):
    INSTALLED_APPS += ["post_office", "anymail"]
    EMAIL_BACKEND = "post_office.EmailBackend"
    POST_OFFICE = {
        "BACKENDS": {"default": "anymail.backends.resend.EmailBackend"},
        "LOG_LEVEL": 0,
        "CELERY_ENABLED": False,
    }
    ANYMAIL = {"RESEND_API_KEY": "none", "RESEND_API_URL": f"{SINK}/"}
    # For its templates of e-mails in several languages; it asks for one of Django's engines.
    TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
