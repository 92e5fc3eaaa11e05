"""Whose model it is, by its name."""

_FAMILIES = {
    "chatgpt": "openai",
    "claude": "anthropic",
    "codestral": "mistral",
    "command": "cohere",
    "deepseek": "deepseek",
    "gemini": "google",
    "gemma": "google",
    "gpt": "openai",
    "grok": "xai",
    "ministral": "mistral",
    "mistral": "mistral",
    "o1": "openai",
    "o3": "openai",
    "o4": "openai",
    "sonar": "perplexity",
    "text-embedding": "openai",
}

_NAMES = {"azure_openai": "azure", "gemini": "google", "google_gemini": "google", "vertex": "vertex_ai"}
"""What else providers are called in credentials and in front of models."""

OWNERS = frozenset([*_FAMILIES.values(), *_NAMES.values()])
"""The providers that are known by name."""


def provider_of(model: str) -> str | None:
    """The provider of a model: what stands before the slash, or whose family of names it is."""
    prefix, slash, _ = model.partition("/")
    if slash:
        return provider(prefix)
    return next((owner for family, owner in _FAMILIES.items() if model.startswith(family)), None)


def provider(name: str) -> str:
    """A provider by one of its names."""
    return _NAMES.get(name, name)
