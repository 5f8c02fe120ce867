"""What lasts for a block, a test function or every test of a class."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import wraps
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

from asgiref.sync import sync_to_async
from django.test.utils import TestContextDecorator

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., Any])


class During(TestContextDecorator, Generic[Value]):
    """A context manager that also decorates, as ``override_settings`` does.

    Asynchronous code uses it in an ``async with``: beginning and ending may need the database. A
    decorated asynchronous function does so by itself.

    ``make`` is called for each use: a decorated class begins anew with every test.
    """

    def __init__(
        self,
        make: Callable[[], AbstractContextManager[Value]],
        *,
        attr_name: str | None = None,
        kwarg_name: str | None = None,
    ) -> None:
        super().__init__(attr_name=attr_name, kwarg_name=kwarg_name)
        self._make = make
        self._open: list[ExitStack] = []

    def enable(self) -> Value:
        """Begin, and return what the context manager yields."""
        with ExitStack() as stack:
            value = stack.enter_context(self._make())
            self._open.append(stack.pop_all())
            return value

    def disable(self) -> None:
        """End what began last."""
        self._open.pop().close()

    def __enter__(self) -> Value:  # type: ignore[override]
        return self.enable()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.disable()

    async def __aenter__(self) -> Value:
        return await sync_to_async(self.enable)()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await sync_to_async(self.disable)()

    def decorate_callable(self, func: Function) -> Function:
        """Return the function with this around each call; a coroutine function stays one."""
        if not iscoroutinefunction(func):
            return super().decorate_callable(func)

        @wraps(func)
        async def inner(*args: Any, **kwargs: Any) -> Any:
            async with self as value:
                if self.kwarg_name:
                    kwargs[self.kwarg_name] = value
                return await func(*args, **kwargs)

        return cast(Function, inner)
