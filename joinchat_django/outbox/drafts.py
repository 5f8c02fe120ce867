"""What is to be sent, before it is made out to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import router

from joinchat_django import conf
from joinchat_django.api import InvalidMessage, Message
from joinchat_django.models import MessageTemplate
from joinchat_django.rendering import MessageBody, missing_variables, user_data

Content = Message | MessageTemplate | str
#: Several of them. Not any sequence: a slug is one, too.
Contents = list[Any] | tuple[Any, ...]

#: Kinds of contexts that a draft remembers to have all variables.
SHAPES_KEPT = 1_000


class UnknownTemplate(LookupError):
    """No message template has this slug."""


class Draft:
    """A finished message, or a template that is compiled once and filled in for each recipient.

    Raises ``UnknownTemplate``, and ``InvalidMessage`` for a template that does not compile. What
    is neither a message nor a template is passed on as it is, for ``Envelope.seal`` to refuse.
    """

    def __init__(self, content: object) -> None:
        self._content = content
        self.template = _template(content)
        if self.template:
            self._body = MessageBody.compile(self.template.body)
            self._user_fields = conf.templates().user_fields
            self._has_tags = _contains("{%", self.template.body)
            self._whole: set[Any] = set()

    @property
    def is_fixed(self) -> bool:
        """Whether everybody gets the same, whatever the context."""
        return not (self.template and _contains("{", self.template.body))

    def fill(self, user: Any = None, context: Mapping[str, Any] | None = None) -> Any:
        """Return the message for a user, or for somebody unknown.

        Raises ``PlainDataRequired`` and ``InvalidMessage``.
        """
        if self.template is None:
            return self._content
        known = {} if user is None else {"user": user_data(user, self._user_fields)}
        return self._body.render({**known, **(context or {})})

    def fill_whole(self, user: Any, context: Mapping[str, Any]) -> Any:
        """Return the message like :meth:`fill`, unless a variable is missing that it names.

        A user's fields count as known, empty where there is no user. Raises ``PlainDataRequired``
        and ``InvalidMessage``.
        """
        if self.template is None:
            return self._content
        known = {} if user is None else {"user": user_data(user, self._user_fields)}
        fields = {**dict.fromkeys(self._user_fields, ""), **known.get("user", {})}
        self._check_variables({"user": fields, **context})
        return self._body.render({**known, **context})

    def _check_variables(self, context: Mapping[str, Any]) -> None:
        # That takes twice as long as filling in. Without tags the keys alone decide.
        shape = None if self._has_tags else _shape(context)
        if self.template is None or (shape is not None and shape in self._whole):
            return
        if problems := missing_variables(self.template.body, context):
            raise InvalidMessage(problems)
        if shape is not None and len(self._whole) < SHAPES_KEPT:
            self._whole.add(shape)

    def tag(self, wanted: str | None) -> str | None:
        """Return the sender's tag, else the template's own; an empty one means none."""
        if wanted is None and self.template:
            wanted = self.template.tag
        return wanted or None

    def delay(self, wanted: int | None, otherwise: int | None = None) -> int | None:
        """Return the sender's delay, else the template's own, else another one."""
        own = self.template.delay if self.template else None
        return next((delay for delay in (wanted, own, otherwise) if delay is not None), None)


def _template(content: object) -> MessageTemplate | None:
    if isinstance(content, MessageTemplate):
        return content
    if isinstance(content, str):
        try:
            using = router.db_for_write(MessageTemplate)
            return MessageTemplate.objects.using(using).get(slug=content)
        except MessageTemplate.DoesNotExist:
            raise UnknownTemplate(
                f"No message template has the slug {content!r}. For a plain text pass "
                f"Text({content!r})."
            ) from None
    return None


def _contains(mark: str, node: object) -> bool:
    """Tell whether a string of a body has a mark in it. ``$each`` has all of them."""
    if isinstance(node, str):
        return mark in node
    if isinstance(node, Mapping):
        return any(key == "$each" or _contains(mark, member) for key, member in node.items())
    return isinstance(node, (list, tuple)) and any(_contains(mark, member) for member in node)


def _shape(value: object) -> object:
    """Return what is left of data without its values: which keys it has, and where."""
    if isinstance(value, Mapping):
        return frozenset((key, _shape(member)) for key, member in value.items())
    return tuple(map(_shape, value)) if isinstance(value, (list, tuple)) else None
