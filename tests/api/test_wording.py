"""Wordings: English sentences that can be taken apart again."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from joinchat_django.api import InvalidMessage, Text
from joinchat_django.api.wording import Wording, worded


def test_a_wording_is_its_sentence() -> None:
    limit = worded("must be at most %(most)s characters", most=20)
    assert limit == "must be at most 20 characters"
    assert json.dumps(limit) == '"must be at most 20 characters"'
    assert (limit.pattern, limit.values) == ("must be at most %(most)s characters", {"most": 20})


def test_a_sentence_without_values_may_have_a_percent_sign() -> None:
    assert worded("100% sure") == "100% sure"


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_the_limits_of_an_error_stay_wordings_in_a_copy(duplicate: Any) -> None:
    with pytest.raises(InvalidMessage) as caught:
        Text("x" * 641)
    [problem] = duplicate(caught.value).problems
    assert isinstance(problem.limit, Wording)
    assert problem.limit.values == {"most": 640}
