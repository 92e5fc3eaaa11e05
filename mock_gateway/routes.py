"""The one table of endpoints: method and path, and who answers.

Paths are written without what clients may or may not put around them: the ``/api`` in front, the slash at the end, a
slash too many. A provider's own host has the model calls below its version (``/v1``), or below its own prefix.

Who answers is written as a name and loaded when it is first asked, since most suites ask for one or two of them: a model
call has the name of a file in ``wires``, which is that of the wire in it; a resource that of a file in ``platform``, and of
a function in it.
"""

import re

from .wires.wire import Wire

MODEL_CALLS: dict[tuple[str, str], str] = {
    ("POST", "/chat/completions"): "chat",
    ("POST", "/embeddings"): "embeddings",
    ("POST", "/{provider}/v1/chat/completions"): "relay",
    ("POST", "/responses"): "responses",
    ("POST", "/anthropic/v1/messages"): "messages",
    ("POST", "/google/{place:path}/models/{model:path}:generateContent"): "gemini",
    ("POST", "/google/{place:path}/models/{model:path}:streamGenerateContent"): "gemini",
    ("POST", "/google/{place:path}/models/{model:path}:embedContent"): "gemini_embeddings",
    ("POST", "/google/{place:path}/models/{model:path}:batchEmbedContents"): "gemini_embeddings",
    ("POST", "/google/{place:path}/models/{model:path}:predict"): "gemini_embeddings",
}
Wire.known.files = tuple(dict.fromkeys(MODEL_CALLS.values()))

RESOURCES: dict[tuple[str, str], str] = {
    ("POST", "/v2/traces"): "ingest.otlp_spans",
    ("POST", "/v1/traces"): "ingest.otlp_spans",
    ("POST", "/v1/v2/traces"): "ingest.otlp_spans",  # where the SDK sends to that was given /v1 as its base
    ("POST", "/v1/traces/ingest"): "ingest.flat_logs",
    ("POST", "/traces/ingest"): "ingest.flat_logs",
    ("POST", "/request-logs"): "request_logs.create",
    ("POST", "/request-logs/create"): "request_logs.create",
    ("POST", "/request-logs/bulk"): "request_logs.create_many",
    ("POST", "/request-logs/batch/create"): "request_logs.create_many",
    ("GET", "/request-logs"): "request_logs.list_all",
    ("GET", "/request-logs/list"): "request_logs.list_all",
    ("POST", "/request-logs/list"): "request_logs.list_all",
    ("PATCH", "/request-logs/batch-update"): "request_logs.update_many",
    ("GET", "/request-logs/{unique_id}"): "request_logs.get",
    ("PATCH", "/request-logs/{unique_id}"): "request_logs.update",
    ("GET", "/traces/list"): "traces.list_all",
    ("POST", "/traces/list"): "traces.list_all",
    ("GET", "/traces/{trace_id}"): "traces.get",
    ("POST", "/prompts"): "prompts.create",
    ("GET", "/prompts"): "prompts.list_all",
    ("GET", "/prompts/list"): "prompts.list_all",
    ("POST", "/prompts/list"): "prompts.list_all",
    ("GET", "/prompts/summary"): "prompts.summary",
    ("POST", "/prompts/summary"): "prompts.summary",
    ("POST", "/prompts/bulk"): "prompt_versions.bulk",
    ("GET", "/prompts/{prompt_id}"): "prompts.get",
    ("PATCH", "/prompts/{prompt_id}"): "prompts.update",
    ("DELETE", "/prompts/{prompt_id}"): "prompts.delete",
    ("GET", "/prompts/{prompt_id}/versions"): "prompt_versions.list_all",
    ("POST", "/prompts/{prompt_id}/versions"): "prompt_versions.create",
    ("GET", "/prompts/{prompt_id}/versions/{version}"): "prompt_versions.get",
    ("PATCH", "/prompts/{prompt_id}/versions/{version}"): "prompt_versions.update",
    ("DELETE", "/prompts/{prompt_id}/versions/{version}"): "prompt_versions.delete",
    ("POST", "/prompts/{prompt_id}/commits"): "prompt_versions.commit",
    ("POST", "/prompts/{prompt_id}/deployments"): "prompt_versions.deploy",
    ("POST", "/caches"): "caches.list_all",
    ("POST", "/caches/summary"): "caches.summary",
    ("DELETE", "/caches/bulk"): "caches.delete_many",
    ("GET", "/caches/{cache_key}"): "caches.get",
    ("PATCH", "/caches/{cache_key}"): "caches.update",
    ("DELETE", "/caches/{cache_key}"): "caches.delete",
    ("GET", "/users"): "users.list_all",
    ("GET", "/users/list"): "users.list_all",
    ("POST", "/users/list"): "users.list_all",
    ("GET", "/users/{customer_identifier:path}"): "users.get",
    ("PATCH", "/users/{customer_identifier:path}"): "users.update",
    ("DELETE", "/users/{customer_identifier:path}"): "users.delete",
    ("GET", "/models"): "models.list_for_clients",
    ("POST", "/models"): "custom_models.create",
    ("GET", "/models/{model_name:path}"): "models.get",
    ("PUT", "/models/{model_name:path}"): "custom_models.replace_all",
    ("PATCH", "/models/{model_name:path}"): "custom_models.update",
    ("DELETE", "/models/{model_name:path}"): "custom_models.delete",
    ("GET", "/providers"): "providers.list_all",
    ("POST", "/providers"): "providers.create",
    ("GET", "/providers/{provider_id:path}"): "providers.get",
    ("PUT", "/providers/{provider_id:path}"): "providers.replace_all",
    ("PATCH", "/providers/{provider_id:path}"): "providers.update",
    ("DELETE", "/providers/{provider_id:path}"): "providers.delete",
}

OPEN: dict[tuple[str, str], str] = {
    ("GET", "/models/public"): "models.list_public",
    ("GET", "/models/list"): "models.list_all",
    ("POST", "/models/list"): "models.list_all",
    ("GET", "/models/summary"): "models.summary",
    ("POST", "/models/summary"): "models.summary",
    ("GET", "/models/{model_name:path}/status"): "model_status.get",
    ("POST", "/models/{model_name:path}/status"): "model_status.get",
}
"""Resources for which nobody needs a key."""


NOT_IMITATED = [
    re.compile(r"\w+ /request-logs/(summary|groups|behavior-columns)"),
    re.compile(r"(DELETE|PATCH) /traces/[^/]+"),
    re.compile(r"\w+ /traces/(summary|bulk|bulk-delete)"),
    re.compile(r"DELETE /request-logs/[^/]+"),
    re.compile(r"POST (/v1)?/responses/compact"),
    re.compile(r"DELETE /caches"),
    re.compile(r"\w+ (/v1)?/batches/(list|summary)"),
]
"""What would be taken for something else that is there: a row called summary, an answer called compact, a method that is not allowed."""

OPENAIS: dict[tuple[str, str], str] = {
    ("POST", "/files"): "files.upload",
    ("GET", "/files"): "files.list_all",
    ("GET", "/files/{file_id}"): "files.get",
    ("DELETE", "/files/{file_id}"): "files.delete",
    ("GET", "/files/{file_id}/content"): "files.content",
    ("POST", "/batches"): "batches.create",
    ("GET", "/batches"): "batches.list_all",
    ("GET", "/batches/{batch_id}"): "batches.get",
    ("POST", "/batches/{batch_id}/cancel"): "batches.cancel",
    ("POST", "/responses/input_tokens"): "responses.input_tokens",
    ("GET", "/responses/{response_id}"): "responses.get",
    ("DELETE", "/responses/{response_id}"): "responses.delete",
    ("GET", "/responses/{response_id}/input_items"): "responses.input_items",
    ("POST", "/responses/{response_id}/cancel"): "responses.cancel",
}
"""Resources that are met on OpenAI's own host as well."""

ANTHROPICS: dict[tuple[str, str], str] = {
    ("POST", "/anthropic/v1/messages/count_tokens"): "token_counts.of_messages",
}
"""Resources that are met on Anthropic's own host as well, without what stands before them here."""

GOOGLES: dict[tuple[str, str], str] = {
    ("POST", "/google/{place:path}/models/{model:path}:countTokens"): "token_counts.of_contents",
}
"""Resources that are met on Google's own hosts as well, without what stands before them here."""
