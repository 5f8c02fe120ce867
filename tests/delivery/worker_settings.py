"""The site of the worker processes that tests start: the suite's, on the database of the test."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

_told: dict[str, Any] = json.loads(os.environ["JOINCHAT_WORKER"])

DATABASES["default"].update(_told["DATABASE"])
JOINCHAT = {"default": _told["BOT"]}
JOINCHAT_DELIVERY = {"DISPATCHER": "worker", **_told["DELIVERY"]}
