"""How providers fail: by status, and by the names Respan keeps in `error_class` on its log rows.

The names are those of the `error_class` field in the official REST client, respan-api 0.1.49, as far as they blame a
provider or the user of one. Status, type, code and words are OpenAI's, from its list of error codes.
"""

from typing import NamedTuple

from .nearest import unknown


class Failure(NamedTuple):
    """An error as a provider puts it."""

    status: int
    type: str
    code: str | None
    message: str

    @property
    def label(self) -> str:
        """The one word a story has for it."""
        return self.code or self.type


FAILURES: dict[str, Failure] = {
    "provider_down": Failure(
        500, "server_error", "server_error", "The server had an error while processing your request."
    ),
    "provider_overloaded": Failure(
        503, "server_error", "overloaded", "The engine is currently overloaded, please try again later."
    ),
    "provider_timeout": Failure(504, "server_error", "timeout", "The provider took too long to answer."),
    "provider_rate_limit": Failure(
        429, "requests", "rate_limit_exceeded", "Rate limit reached for the model. Please try again later."
    ),
    "user_invalid_request": Failure(400, "invalid_request_error", "invalid_request", "The request is invalid."),
    "user_auth_byok": Failure(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "user_quota": Failure(
        429,
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "user_rate_limit": Failure(
        429, "tokens", "rate_limit_exceeded", "Rate limit reached for your organization. Please try again later."
    ),
    "user_content_policy": Failure(
        400,
        "invalid_request_error",
        "content_policy_violation",
        "Your request was rejected as a result of our safety system.",
    ),
    "user_context_window": Failure(
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length was exceeded. Please reduce the length of the messages.",
    ),
    "user_payload_too_large": Failure(
        413, "invalid_request_error", "request_too_large", "The request exceeds the maximum size."
    ),
    "network_transient": Failure(502, "server_error", "bad_gateway", "Bad gateway."),
}

_BY_STATUS: dict[int, Failure] = {
    400: FAILURES["user_invalid_request"],
    401: FAILURES["user_auth_byok"],
    403: Failure(403, "invalid_request_error", "permission_denied", "You are not allowed to use this model."),
    404: Failure(404, "invalid_request_error", "model_not_found", "The model does not exist."),
    408: Failure(408, "server_error", "request_timeout", "The request timed out."),
    409: Failure(409, "invalid_request_error", "conflict", "The request conflicts with another one."),
    413: FAILURES["user_payload_too_large"],
    422: Failure(422, "invalid_request_error", "unprocessable_entity", "The request could not be processed."),
    429: FAILURES["provider_rate_limit"],
    500: FAILURES["provider_down"],
    502: FAILURES["network_transient"],
    503: FAILURES["provider_overloaded"],
    504: FAILURES["provider_timeout"],
    529: Failure(529, "overloaded_error", "overloaded", "Overloaded."),
}


def failure(asked: int | str, message: str | None = None) -> Failure:
    """The failure a test asked for, by status or by name."""
    if isinstance(asked, str):
        if asked not in FAILURES:
            raise ValueError(unknown("failure", asked, FAILURES))
        found = FAILURES[asked]
    elif isinstance(asked, bool) or not isinstance(asked, int) or not 400 <= asked <= 599:
        raise ValueError(
            f"a failure is a status from 400 to 599 or a name, not {asked!r}. Names: {', '.join(FAILURES)}."
        )
    else:
        kind = "server_error" if asked >= 500 else "invalid_request_error"
        found = _BY_STATUS.get(asked) or Failure(asked, kind, None, f"The provider answered {asked}.")
    return found if message is None else found._replace(message=message)
