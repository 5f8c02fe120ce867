from __future__ import annotations

import os

# These run under the shop's own settings: see test_shop.py.
collect_ignore = [] if os.environ.get("DJANGO_SETTINGS_MODULE") == "example.settings" else ["shop"]
