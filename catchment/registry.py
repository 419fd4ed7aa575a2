"""Named plug-in functions whose keyword-only parameters are their settings."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Registry(Generic[F]):
    """Functions of one kind, known by their own name: a check, an engine, a report."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._functions: dict[str, F] = {}

    def __call__(self, function: F) -> F:
        name = function.__name__
        if name in self._functions:
            message = f"two {self.kind}s are called {name}"
            raise ValueError(message)
        self._functions[name] = function
        return function

    def __getitem__(self, name: str) -> F:
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._functions))

    def options(self, name: str) -> tuple[str, ...]:
        """The keyword-only parameters of a function: what settings may say about it."""
        parameters = inspect.signature(self._functions[name]).parameters.values()
        return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)


def load_all(package: str) -> None:
    """Import every module of a package, so that what they register is known: a new file is enough."""
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")
