"""Who a host name belongs to: Respan, a model provider, or nobody we know."""

from functools import cache

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

RESPAN_HOSTS = frozenset({"api.respan.ai", "api.keywordsai.co"})

PROVIDER_HOSTS = frozenset(
    {
        "api.ai21.com",
        "api.anthropic.com",
        "api.cerebras.ai",
        "api.cohere.ai",
        "api.cohere.com",
        "api.deepinfra.com",
        "api.deepseek.com",
        "api.fireworks.ai",
        "api.groq.com",
        "api.hyperbolic.xyz",
        "api.inference.huggingface.co",
        "api.mistral.ai",
        "api.moonshot.ai",
        "api.novita.ai",
        "api.openai.com",
        "api.perplexity.ai",
        "api.replicate.com",
        "api.sambanova.ai",
        "api.together.ai",
        "api.together.xyz",
        "api.voyageai.com",
        "api.x.ai",
        "eu.api.openai.com",
        "generativelanguage.googleapis.com",
        "aiplatform.googleapis.com",
        "openrouter.ai",
        "router.huggingface.co",
        "us.api.openai.com",
    }
)

PROVIDER_SUFFIXES = (
    "-aiplatform.googleapis.com",  # Vertex AI puts the region in front
    ".rep.googleapis.com",  # or behind, where it is several
    ".openai.azure.com",  # Azure puts the resource in front
    ".services.ai.azure.com",
    ".inference.ai.azure.com",
)


def is_respan(host: str) -> bool:
    """Whether the host is Respan's own."""
    return host in RESPAN_HOSTS


@cache
def is_provider(host: str) -> bool:
    """Whether the host belongs to a model provider."""
    return (
        host in PROVIDER_HOSTS
        or host.endswith(PROVIDER_SUFFIXES)
        or (host.startswith("bedrock-runtime.") and host.endswith(".amazonaws.com"))
    )


def is_known(host: str) -> bool:
    """Whether nothing sent to this host may leave the machine."""
    return is_respan(host) or is_provider(host)


def host_of(address: str) -> str:
    """The host in a Host header, without its port."""
    return address[1:].partition("]")[0] if address.startswith("[") else address.partition(":")[0]
