"""Knowing when a module is imported that is not there yet, so that nothing is imported only to look at it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Then = Callable[[ModuleType], None]


class Awaiting(MetaPathFinder):
    """From its beginning to its end it says of some modules that they have been imported."""

    def __init__(self, awaited: Mapping[str, Then]) -> None:
        self._awaited = awaited
        self._is_on = False

    def begin(self) -> None:
        """Say so from now on."""
        self._is_on = True
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Say no more, also where somebody puts the list of finders back as it was."""
        self._is_on = False
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec the finders behind it have, with a loader that tells."""
        if not self._is_on or name not in self._awaited or self not in sys.meta_path:
            return None
        behind = sys.meta_path[sys.meta_path.index(self) + 1 :]
        others = (finder for finder in behind if hasattr(finder, "find_spec"))
        spec = next((found for finder in others if (found := finder.find_spec(name, path, target))), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._awaited[name])
        return spec


class _Telling(Loader):
    """A loader that says when it is done."""

    def __init__(self, loader: Loader, then: Then) -> None:
        self._loader, self._then = loader, then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._then(module)
