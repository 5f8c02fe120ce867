from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import LoopbackServer, replying

# Its tests are run by the tests here, in processes of their own.
collect_ignore = ["site"]


@pytest.fixture
def joinchat() -> Iterator[LoopbackServer]:
    """A server in JoinChat's place, which notes who calls it."""
    with LoopbackServer(replying("{}")) as server:
        yield server
