"""What would be set on the platform's pages."""

from collections.abc import Sequence

from ..core import problems
from ..core.contract import Contract
from ..core.masking import mask


class Account:
    """The organization the gateway works for."""

    def __init__(self) -> None:
        self.models: Sequence[str] | None = None
        """The models it may use. None: any model name is known."""
        self._keys: dict[str, str] = {}

    def __repr__(self) -> str:
        keys = ", ".join(f"{mask(key)} ({environment})" for key, environment in self._keys.items())
        models = "any model" if self.models is None else f"{len(self.models)} models"
        return f"<Account keys: {keys or 'any'}; {models}>"

    def add_key(self, key: str, *, environment: str = "test") -> None:
        """Issue an API key. Once there is one, others are refused."""
        self._keys[key] = environment

    def admit(self, key: str | None, contract: Contract) -> None:
        """Let the bearer of this key in, or raise the problem."""
        if key is None:
            raise problems.missing_key(contract)
        if self._keys and key not in self._keys:
            raise problems.refused_key(contract)

    def require(self, model: str) -> None:
        """Raise the problem if this model is none of the account's."""
        if self.models is not None and model not in self.models:
            raise problems.unknown_model(model)
