"""Which models can be selected for a broadcast, and whom their rows stand for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import router
from django.db.models import Model, Prefetch, QuerySet, prefetch_related_objects
from django.db.models.constants import LOOKUP_SEP

from joinchat_django.models import MessengerLink
from joinchat_django.outbox.recipients import Addressee, addressees, is_active

#: Returns what a row adds to the message: plain data.
Context = Callable[[Any], Mapping[str, Any]]


class Audience(ABC):
    """The rows of one model, and those for whom they stand."""

    #: Whether rows stand for recipients rather than for users.
    is_of_recipients: ClassVar[bool] = False

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def rows(self, keys: Sequence[Any]) -> list[Any]:
        """Return the rows that there still are, in the order of the keys."""
        found = self.queryset().in_bulk(keys)
        return [found[key] for key in keys if key in found]

    def queryset(self) -> QuerySet[Any]:
        """Return all rows, on the database that they are written to."""
        return self.model._base_manager.using(router.db_for_write(self.model))

    @abstractmethod
    def addressees(self, rows: list[Any], bot: str) -> list[Addressee]:
        """Return whom each of some rows stands for; rows that stand for nobody are left out."""

    def name_of(self, row: Any) -> str:
        """Return what people call whoever a row stands for."""
        return str(row)


class Users(Audience):
    """Users: each is reached by the newest of their active links to the bot."""

    def addressees(self, rows: list[Any], bot: str) -> list[Addressee]:
        return [one._replace(member=one.key) for one in addressees(rows, bot)]


class Links(Audience):
    """Links: exactly these, of the bot, but not those that are off, nor deactivated users'."""

    is_of_recipients = True

    def addressees(self, rows: list[Any], bot: str) -> list[Addressee]:
        prefetch_related_objects(rows, "user")
        return [
            Addressee(
                link.user_id,
                link.user,
                value=link.uuid if _leads_anywhere(link, bot) else None,
                member=link.pk,
            )
            for link in rows
        ]

    def name_of(self, row: Any) -> str:
        return str(row.user)


class RowsWithUsers(Audience):
    """Rows of a site's own model, each of which names a user by a path of attributes."""

    def __init__(
        self,
        model: type[Model],
        path: str,
        context: Context | None,
        prefetch: Sequence[str | Prefetch[Any]] = (),
    ) -> None:
        super().__init__(model)
        self.path = path
        self.context = context
        self.prefetch = tuple(prefetch)

    def addressees(self, rows: list[Any], bot: str) -> list[Addressee]:
        prefetch_related_objects(rows, self.path)
        named = [(row, user) for row in rows if (user := self.user_of(row)) is not None]
        people = addressees([user for _row, user in named], bot)
        if self.context and self.prefetch:
            pairs = zip(named, people, strict=True)
            asked = [row for (row, _user), one in pairs if one.value is not None]
            prefetch_related_objects(asked, *self.prefetch)
        return [
            one._replace(
                member=row.pk, context=partial(self.context, row) if self.context else None
            )
            for (row, _user), one in zip(named, people, strict=True)
        ]

    def name_of(self, row: Any) -> str:
        user = self.user_of(row)
        return str(row if user is None else user)

    def user_of(self, row: Any) -> Any:
        """Return the user whom a row names, None if it names none."""
        for name in self.path.split(LOOKUP_SEP):
            try:
                row = getattr(row, name)
            except ObjectDoesNotExist:
                return None
            if row is None:
                return None
        return row


def _leads_anywhere(link: MessengerLink, bot: str) -> bool:
    return link.bot == bot and link.is_active and is_active(link.user)


_registered: dict[type[Model], RowsWithUsers] = {}


def register(
    model: type[Model],
    *,
    user: str = "user",
    context: Context | None = None,
    prefetch: Sequence[str | Prefetch[Any]] = (),
) -> None:
    """Let rows of a site's own model be selected for broadcasts.

    ``user`` is the path from a row to its user, as in a query: ``"user"``, ``"order__customer"``.
    ``context`` is called with each row and returns plain data that the message may use besides the
    recipient's own fields. ``prefetch`` names what it reads of other tables, as
    ``prefetch_related()`` takes it: that is then fetched for hundreds of rows at once. Call it in
    a module ``joinchat`` of an installed app, which every process imports. Registering a model
    anew replaces what was said of it.

    Raises ``ValueError`` if the path does not lead to one user.
    """
    _check_path(model, user)
    _registered[model] = RowsWithUsers(model, user, context, prefetch)


def is_known(model: type[Model]) -> bool:
    """Tell whether rows of a model can be selected: users, links, and what is registered."""
    return _find(model) is not None


def audience_of(model: type[Model]) -> Audience:
    """Return the audience that rows of a model are. Raises ``LookupError`` for an unknown one."""
    audience = _find(model)
    if audience is None:
        raise LookupError(
            f"Nobody knows whom rows of {model._meta.label} stand for. Call "
            f"broadcasts.register({model.__name__}, user=…) in the module joinchat of its app."
        )
    return audience


def audience_named(label: str) -> Audience:
    """Return the audience of a model by its label. Raises ``LookupError``."""
    return audience_of(apps.get_model(label))


def _find(model: type[Model]) -> Audience | None:
    for kind in model.__mro__:
        if kind in _registered:
            known = _registered[kind]
            if kind is model:
                return known
            return RowsWithUsers(model, known.path, known.context, known.prefetch)
    if issubclass(model, MessengerLink):
        return Links(model)
    return Users(model) if issubclass(model, get_user_model()) else None


def _check_path(model: type[Model], path: str) -> None:
    step: Any = model
    try:
        for name in path.split(LOOKUP_SEP):
            field = step._meta.get_field(name)
            if not (field.is_relation and (field.many_to_one or field.one_to_one)):
                raise ValueError(f"{step._meta.label}.{name} leads to no single row.")
            step = field.related_model
    except FieldDoesNotExist as error:
        raise ValueError(f"{model._meta.label} has no path {path!r} to a user: {error}") from None
    if not issubclass(step, get_user_model()):
        raise ValueError(f"{model._meta.label} has no user at {path!r}, but {step._meta.label}.")
