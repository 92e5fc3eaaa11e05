"""One TLS context for all the clients that will never use one.

Making a client of httpx or httpx2 takes 25 ms or more, nearly all of it for a TLS context that an intercepted client
never uses. While calls are intercepted, clients with default settings share one for each library. The function that is
replaced is private to these libraries: where it is not found as known, every client makes its own as before.
"""

import os
from collections.abc import Callable
from typing import Any

from .patching import Patch

_shared: dict[tuple[str | None, ...], Any] = {}


def patches(library: Any) -> list[Patch]:
    """What makes clients share a context, if this version of the library is built as expected."""
    from importlib import import_module

    try:
        module = import_module(f"{library.__name__}._transports.default")
    except ImportError:
        return []
    if not callable(getattr(module, "create_ssl_context", None)):
        return []

    def create(original: Callable[..., Any]) -> Callable[..., Any]:
        def create_ssl_context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> Any:
            if verify is not True or cert is not None:
                return original(verify=verify, cert=cert, trust_env=trust_env)
            trusted = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")) if trust_env else ()
            key = (library.__name__, *trusted)
            if key not in _shared:
                _shared[key] = original(verify=verify, cert=cert, trust_env=trust_env)
            return _shared[key]

        return create_ssl_context

    return [Patch(module, "create_ssl_context", create)]
