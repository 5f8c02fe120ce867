"""The site that the suite runs in: every optional part of Django that the app touches."""

from __future__ import annotations

import importlib
import os
from typing import Any

SECRET_KEY = "tests"
ALLOWED_HOSTS = ["*"]
# JOINCHAT_TEST_DATABASE chooses the engine; the servers are looked for on this machine.
# JOINCHAT_TEST_NAME is another name for the database there, so that two runs stay apart.
ENGINES: dict[str, dict[str, Any]] = {
    "sqlite": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    "postgresql": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "test",
        "HOST": "127.0.0.1",
        "USER": "postgres",
    },
    "mariadb": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "test",
        "HOST": "127.0.0.1",
        "USER": "root",
    },
}
ENGINE = os.environ.get("JOINCHAT_TEST_DATABASE", "sqlite")
if ENGINE == "mariadb":
    pymysql: Any = importlib.import_module("pymysql")
    # Django asks for a version of mysqlclient, in whose place PyMySQL stands.
    pymysql.version_info = (2, 2, 8, "final", 0)
    pymysql.install_as_MySQLdb()
DATABASES = {"default": ENGINES[ENGINE]}
if ENGINE != "sqlite" and (name := os.environ.get("JOINCHAT_TEST_NAME")):
    DATABASES["default"]["TEST"] = {"NAME": f"test_{name}"}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "joinchat_django",
    "tests.accounts",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
ROOT_URLCONF = "tests.urls"
# JOINCHAT_TEST_SITE=classic is a site as they used to be: users have a number for a key, and times
# no zone, on a clock that is not UTC. Otherwise users have a UUID.
CLASSIC = os.environ.get("JOINCHAT_TEST_SITE") == "classic"
DEFAULT_AUTO_FIELD = f"django.db.models.{'AutoField' if CLASSIC else 'BigAutoField'}"
AUTH_USER_MODEL = "accounts.Customer"
STATIC_URL = "static/"
USE_TZ = not CLASSIC
TIME_ZONE = "America/Chicago"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

JOINCHAT = {
    "default": {
        "PAGE_ID": 12345,
        "API_SECRET": "the-secret-of-the-tests",
        "SDK_KEY": "15150c9d53ccc1eb21ffef1af5b6b184",
        "BACKEND": "joinchat_django.backends.locmem.LocMemBackend",
    },
}
