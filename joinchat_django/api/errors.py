"""What can go wrong with a message. The class alone decides what happens to it next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

#: Characters of an answer that an error or a result keeps.
ANSWER_KEPT = 2_000


#: What a program tells problems apart by, as it does Django's ``ValidationError`` by its ``code``.
ProblemCode = Literal["invalid", "required", "blank", "too_few", "too_many", "not_a_number"]


@dataclass(frozen=True)
class Problem:
    """One faulty field: where it is, what it has to be, and what was there instead.

    ``code`` says for programs what the words say for people: a field, or one of several, has to be
    given (``required``), a text is empty (``blank``), a list has too few or too many items, a value
    of another kind stands where a number belongs (``not_a_number``). ``invalid`` is all else, such
    as an unknown variable in a template.
    """

    path: str
    limit: str
    found: str = ""
    code: ProblemCode = "invalid"

    def __str__(self) -> str:
        text = f"{self.path}: {self.limit}" if self.path else self.limit
        return f"{text}, found {self.found}" if self.found else text

    def under(self, path: str) -> Problem:
        """The same problem, seen from the object that holds this one at ``path``."""
        return replace(self, path=join_path(path, self.path))


def join_path(outer: str, inner: str) -> str:
    """Join two parts of a path: ``elements[2]`` and ``title`` are ``elements[2].title``."""
    if not outer or not inner:
        return outer or inner
    return f"{outer}{inner}" if inner.startswith("[") else f"{outer}.{inner}"


class JoinChatError(Exception):
    """The family's base.

    ``status`` is the answer's HTTP status, None if there was none. ``answer`` is the beginning of
    its text (at most :data:`ANSWER_KEPT` characters), without the API secret and the signature.
    """

    def __init__(self, message: str, *, status: int | None = None, answer: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.answer: str = answer[:ANSWER_KEPT]


class ConnectionFailed(JoinChatError, ConnectionError):
    """Nothing of the message left this machine: try again later."""


class ServiceUnavailable(JoinChatError):
    """JoinChat answered 408, 425, 429 or 5xx: try again later.

    ``retry_after`` is the wait that the server asked for, in seconds, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        answer: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, answer=answer)
        self.retry_after = retry_after


class DeliveryUncertain(JoinChatError):
    """The message went out and no whole answer came back: it may have been delivered."""


class Unauthorized(JoinChatError):
    """JoinChat answered 401 or 403: the bot's secret or page is wrong, not this message."""


class Rejected(JoinChatError):
    """JoinChat refused this message for good; ``str()`` has its words."""


class InvalidMessage(JoinChatError, ValueError):
    """The message, recipient, tag or delay breaks the contract. Nothing was sent.

    ``problems`` names every faulty field at once, by its path in the JSON object.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        JoinChatError.__init__(self, "; ".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[InvalidMessage], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)
