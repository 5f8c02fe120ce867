"""Settings of the example shop.

Everything works without configuration: SQLite beside ``manage.py``, and a bot that talks to
the JoinChat sandbox on this machine. A file ``.env`` beside ``manage.py`` (see ``.env.example``)
or the environment changes that; the environment wins.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.escape_proxy = True  # "\\$" at the start of a value is a plain dollar sign
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str(
    "SECRET_KEY", default="for-development-only-since-it-is-public" if DEBUG else ""
)
if not SECRET_KEY:
    raise ImproperlyConfigured("Without DEBUG the shop needs a SECRET_KEY of its own in .env.")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])

# Where customers reach the shop. Messages are written outside a request, so the addresses
# in them (the order, the pictures) start with this.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
if not SITE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("SITE_URL must begin with http:// or https://; correct it in .env.")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "joinchat_django",
    "shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "example.urls"
WSGI_APPLICATION = "example.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context_processors.cart",
            ],
        },
    },
]

if env.str("DATABASE_URL", default=""):
    DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url("DATABASE_URL")}
else:
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(BASE_DIR / "db.sqlite3")}
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers wait for each other instead of failing, and readers never wait.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    )

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "shop:sign-in"
LOGIN_REDIRECT_URL = "shop:account"
LOGOUT_REDIRECT_URL = "shop:home"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static_root"

JOINCHAT = {
    "default": {
        "PAGE_ID": env.int("JOINCHAT_PAGE_ID", default=12345),
        "API_SECRET": env.str("JOINCHAT_API_SECRET", default="sandbox-secret"),
        "SDK_KEY": env.str("JOINCHAT_SDK_KEY", default="15150c9d53ccc1eb21ffef1af5b6b184"),
        # The sandbox (manage.py joinchat_sandbox). For the real JoinChat set both in .env.
        "API_URL": env.str("JOINCHAT_API_URL", default="http://127.0.0.1:8765/api/send_message"),
        "SDK_URL": env.str(
            "JOINCHAT_SDK_URL", default="http://127.0.0.1:8765/js/analytics/sdk/{key}.js"
        ),
    },
}
