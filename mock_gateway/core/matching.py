"""When a scripted rule fits a request, and why it does not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .chat import ChatRequest


@dataclass(frozen=True, slots=True)
class Condition:
    """What a request must be like. Empty, it fits everything."""

    contains: str | None = None
    system: str | None = None
    tools: tuple[str, ...] | None = None
    customer: str | None = None
    matches: Callable[[Any], bool] | None = None

    def __str__(self) -> str:
        fields = {"contains": self.contains, "system": self.system, "tools": self.tools, "customer": self.customer}
        shown = [f"{name}={value!r}" for name, value in fields.items() if value is not None]
        if self.matches is not None:
            shown.append(f"matches={getattr(self.matches, '__name__', repr(self.matches))}")
        return f".when({', '.join(shown)})" if shown else ""

    def misfit(self, request: ChatRequest) -> str | None:
        """Why this does not fit the request, or None if it does."""
        if self.contains is not None and self.contains not in request.text:
            return f"{self.contains!r} is not in the last user message"
        if self.system is not None and self.system not in request.system:
            return f"{self.system!r} is in no system message"
        if self.tools is not None and not set(self.tools) <= set(request.tools):
            missing = sorted(set(self.tools) - set(request.tools))
            return f"the request does not offer the tool {missing[0]!r}"
        if self.customer is not None and self.customer != request.customer:
            return f"the customer is {request.customer!r}, not {self.customer!r}"
        if self.matches is not None and not self.matches(request):
            return "its matches= function says no"
        return None


ANY = Condition()
"""What every request fits."""
