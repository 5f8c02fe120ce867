from __future__ import annotations

import pytest

from .distributions import Distributions


@pytest.fixture(scope="package")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """The sdist and the wheel, which take some seconds to build."""
    return Distributions.build(tmp_path_factory.mktemp("distributions"))
