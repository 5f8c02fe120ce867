"""The suite's site for an ASGI server of its own, on a file that ``JOINCHAT_TEST_FILE`` names."""

from __future__ import annotations

import os

from .settings import *  # noqa: F403

DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["JOINCHAT_TEST_FILE"]}
}
ROOT_URLCONF = "tests.asgi_urls"
