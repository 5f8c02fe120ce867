"""What is to be sent, before it is made out to anybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import router

from joinchat_django import conf
from joinchat_django.api import InvalidMessage, Message, Problem
from joinchat_django.api.errors import join_path
from joinchat_django.api.wording import worded as _
from joinchat_django.models import MessageTemplate
from joinchat_django.rendering import (
    Form,
    MessageBody,
    best_language,
    missing_variables,
    user_data,
)

from .languages import UserLanguage
from .rows import Body

Content = Message | MessageTemplate | str
#: Several of them. Not any sequence: a slug is one, too.
Contents = list[Any] | tuple[Any, ...]

#: Kinds of contexts that a draft remembers to have all variables.
SHAPES_KEPT = 1_000


class UnknownTemplate(LookupError):
    """No message template has this slug."""


class Draft:
    """A finished message, or a template that is compiled once and filled in for each recipient.

    A template's body is the one in the language that the site knows its user to read, or else the
    default one. Raises ``UnknownTemplate``, and ``InvalidMessage`` for a template that does not
    compile. What is neither a message nor a template is passed on as it is, for ``Envelope.seal``
    to refuse.
    """

    def __init__(self, content: object) -> None:
        self._content = content
        self.template = _template(content)
        if self.template:
            settings = conf.templates()
            self._user_fields = settings.user_fields
            self._language = UserLanguage(settings.user_language)
            self._versions = _versions(self.template, all_languages=self._language.is_known)
            self._default = next(iter(self._versions.values()))

    @property
    def is_fixed(self) -> bool:
        """Whether everybody gets the same, whatever the context."""
        return self.template is None or (self._default.is_fixed and len(self._versions) == 1)

    @property
    def user_fields(self) -> tuple[str, ...] | None:
        """The fields that tell what a user gets, None if more does, such as the language."""
        is_one = self.template is not None and len(self._versions) == 1
        return tuple(self._user_fields) if is_one else None

    def prefetch(self, users: Iterable[Any]) -> None:
        """Fetch at once what :meth:`fill_whole` would look up for each of some users."""
        if self.template and len(self._versions) > 1:
            self._language.prefetch(users)

    def fill(self, user: Any = None, context: Mapping[str, Any] | None = None) -> Any:
        """Return the message for a user, or for somebody unknown.

        Raises ``PlainDataRequired`` and ``InvalidMessage``.
        """
        if self.template is None:
            return self._content
        version = self._version_for(user)
        with version.body.language():
            return version.body.render({**self._known_of(user), **(context or {})})

    def fill_whole(
        self, user: Any, context: Callable[[], Mapping[str, Any]], *, optional_too: bool = True
    ) -> Any:
        """Return the message like :meth:`fill`, unless a variable is missing that it names.

        ``context`` is called if there are variables, with the message's language active. A user's
        fields count as known, empty where there is no user. ``optional_too`` is that of
        ``missing_variables``, and the same in all calls. Raises ``PlainDataRequired`` and
        ``InvalidMessage``.
        """
        if self.template is None:
            return self._content
        version = self._version_for(user)
        if version.is_fixed:
            return version.body.render({})
        with version.body.language():
            given, known = context(), self._known_of(user)
            self._check_variables(version, known, given, optional_too=optional_too)
            return version.body.render({**known, **given})

    def write_whole(self, user: Any, context: Callable[[], Mapping[str, Any]]) -> Body:
        """Return what :meth:`fill_whole` does, written down. Quicker for many users.

        ``context`` returns plain data, as ``plain_data`` understands it.
        """
        if self.template is None or (version := self._version_for(user)).is_fixed:
            return Body.of(self.fill_whole(user, context))
        with version.body.language():
            return self._write(version, self._known_of(user), context())

    def write_known(self, known: Mapping[str, Any], context: Mapping[str, Any]) -> Body:
        """Return what :meth:`write_whole` does for a user of whom only some things are known.

        They are ``known`` by name, such as ``{"user": {"first_name": "Lin"}}``: all of
        :attr:`user_fields` that the user has. It is for a template that has these, and variables.
        """
        with self._default.body.language():
            return self._write(self._default, known, context)

    def _write(self, version: _Version, known: Mapping[str, Any], given: Mapping[str, Any]) -> Body:
        form = version.form
        # A form without filters tells by itself that a variable is missing.
        is_unchecked = form is not None and not form.has_filters
        if not is_unchecked:
            self._check_variables(version, known, given)
        if form is not None:
            # Once more: the site's function may have chosen another language.
            with version.body.language():
                content = form.fill({**known, **given})
            if content is not None:
                return Body(content, version.template_type)
        if is_unchecked:
            self._check_variables(version, known, given)
        message = version.body.render({**known, **given})
        body = Body.of(message)
        version.learn(message, body)
        return body

    def _check_variables(
        self,
        version: _Version,
        known: Mapping[str, Any],
        given: Mapping[str, Any],
        *,
        optional_too: bool = True,
    ) -> None:
        """Raise ``InvalidMessage`` if a variable is missing; no field of a user's is."""
        fields = {**dict.fromkeys(self._user_fields, ""), **known.get("user", {})}
        version.check_variables({"user": fields, **given}, optional_too=optional_too)

    def _version_for(self, user: Any) -> _Version:
        if len(self._versions) == 1:
            return self._default
        language = best_language(self._versions, self._language.of(user))
        return self._default if language is None else self._versions[language]

    def _known_of(self, user: Any) -> dict[str, Any]:
        return {} if user is None else {"user": user_data(user, self._user_fields)}

    def tag(self, wanted: str | None) -> str | None:
        """Return the sender's tag, else the template's own; an empty one means none.

        Raises ``InvalidMessage`` for the tag of a promotional template.
        """
        if wanted is None and self.template:
            wanted = self.template.tag
        if wanted and self.template and self.template.is_promotional:
            limit = _(
                "must be empty: the template is promotional, and Messenger forbids a tag on deals, "
                'coupons and discounts. Pass tag="", or send a template that is not promotional'
            )
            raise InvalidMessage([Problem("tag", limit)])
        return wanted or None

    def delay(self, wanted: int | None, otherwise: int | None = None) -> int | None:
        """Return the sender's delay, else the template's own, else another one."""
        own = self.template.delay if self.template else None
        return next((delay for delay in (wanted, own, otherwise) if delay is not None), None)


class _Version:
    """A template's body in one language."""

    def __init__(self, source: Any, language: str) -> None:
        self._source = source
        self.body = MessageBody.compile(source, language=language)
        self.is_fixed = not _contains("{", source)
        self._depends_on_values = _contains("{%", source) or _has_index(source)
        self._whole: set[Any] = set()
        #: How to write the message down for the next one; None if that is not known.
        self.form: Form | None = None
        self.template_type = ""
        self._is_learnt = False

    def learn(self, message: Message, body: Body) -> None:
        """Take the form of the messages from one that is whole, once."""
        if not self._is_learnt:
            self._is_learnt = True
            self.template_type = body.template_type
            self.form = self.body.form(message)

    def check_variables(self, context: Mapping[str, Any], *, optional_too: bool) -> None:
        """Raise ``InvalidMessage`` if a variable is missing that the body names."""
        # That takes twice as long as filling in. Without tags keys and types alone decide.
        shape = None if self._depends_on_values else _shape(context)
        if shape is not None and shape in self._whole:
            return
        if problems := missing_variables(self._source, context, optional_too=optional_too):
            raise InvalidMessage(problems)
        if shape is not None and len(self._whole) < SHAPES_KEPT:
            self._whole.add(shape)


def _versions(template: MessageTemplate, *, all_languages: bool) -> dict[str, _Version]:
    """Compile a template's bodies, the default one first; alone where no other can be chosen."""
    versions: dict[str, _Version] = {}
    problems: list[Problem] = []
    for language, source in template.bodies.items():
        try:
            versions[language] = _Version(source, language)
        except InvalidMessage as error:
            place = join_path("variants", language) if versions or problems else ""
            problems += [problem.under(place) for problem in error.problems]
        if not all_languages:
            break
    if problems:
        raise InvalidMessage(problems)
    return versions


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


def _has_index(node: object) -> bool:
    """Tell whether a variable of a body has a number in its path, as in ``name.0``."""
    if isinstance(node, str):
        return re.search(r"\{\{[^}]*\.\d", node) is not None
    members = node.values() if isinstance(node, Mapping) else node
    return isinstance(members, Iterable) and any(map(_has_index, members))


def _shape(value: object) -> object:
    """Return what is left of data without its values: its keys and types, and where."""
    if isinstance(value, Mapping):
        return frozenset((key, _shape(member)) for key, member in value.items())
    return tuple(map(_shape, value)) if isinstance(value, (list, tuple)) else type(value)
