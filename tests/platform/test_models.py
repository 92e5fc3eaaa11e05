"""Models over REST: which there are, and the account's own."""

from typing import Any

import openai
import pytest
import requests

from mock_gateway import Gateway, Usage

from .rest import HELLO, KEY, RESPAN, call


def listed(filters: Any = None, query: str = "", headers: Any = KEY) -> list[str]:
    """The names on a page of models."""
    sent = {} if filters is None else {"filters": filters}
    answer = requests.post(f"{RESPAN}/models/list/{query}", json=sent, headers=headers, timeout=5)
    assert answer.status_code == 200, answer.text
    return [one["model_name"] for one in answer.json()["results"]]


def made(name: str, status: int = 201, **fields: Any) -> Any:
    """A custom model."""
    answer = call("POST", "models/", {"model_name": name, **fields})
    assert answer.status_code == status, answer.text
    return answer.json()


def ask(model: str) -> int:
    """The status of a call."""
    return call("POST", "chat/completions", {"model": model, "messages": HELLO}).status_code


def client() -> openai.OpenAI:
    """OpenAI's client, as an application has it."""
    return openai.OpenAI(base_url=f"{RESPAN}/", api_key="any", max_retries=0)


def test_the_public_models_need_no_key(gateway: Gateway) -> None:
    """Those that the test speaks of, with what they cost as far as it is known; custom ones are not among them."""
    gateway.model("gpt-4o").replies("x", optional=True)
    gateway.model("gpt-*").replies("x", optional=True)
    gateway.account.price("mine", prompt=1, completion=2)
    made("custom")
    heard = requests.get(f"{RESPAN}/models/public/", timeout=5).json()
    first, second = heard["models"]
    assert first["provider"] == {"provider_name": "OpenAI", "provider_id": "openai", "credential_fields": ["api_key"]}
    assert (first["model_name"], first["max_context_window"]) == ("gpt-4o", 128000)
    assert first["input_cost"] == first["prompt_cost"] > 0
    assert second == {
        "model_name": "mine",
        "max_context_window": None,
        "input_cost": 1,
        "output_cost": 2,
        "prompt_cost": 1,
        "completion_cost": 2,
        "provider": None,
    }
    assert requests.get(f"{RESPAN}/models/public?unnest=true", timeout=5).json() == heard["models"]


def test_the_models_of_the_account_are_the_ones_there_are(gateway: Gateway) -> None:
    """Where it has any; whatever else is scripted cannot be called."""
    gateway.account.models = ["gpt-4o", "claude-sonnet-4-5"]
    gateway.model("gemini-2.5-pro").replies("x", optional=True)
    assert listed() == ["gpt-4o", "claude-sonnet-4-5"]
    assert [model.id for model in client().models.list()] == ["gpt-4o", "claude-sonnet-4-5"]
    with pytest.raises(openai.NotFoundError):
        client().models.retrieve("gemini-2.5-pro")


def test_openais_client_lists_and_finds_models(gateway: Gateway) -> None:
    """In its own shape, on Respan's base URL; names with a slash as well."""
    gateway.model("gpt-4o").replies("x", optional=True)
    gateway.model("azure/gpt-4o").replies("x", optional=True)
    made("custom", base_model_name="claude-sonnet-4-5")
    found = client().models.list()
    assert [(one.id, one.owned_by, one.object, one.created) for one in found] == [
        ("gpt-4o", "openai", "model", 1767225600),
        ("azure/gpt-4o", "azure", "model", 1767225600),
        ("custom", "anthropic", "model", 1767225600),
    ]
    assert client().models.retrieve("azure/gpt-4o").owned_by == "azure"
    assert client().models.retrieve("gpt-5").id == "gpt-5"  # any name may be called, and this one has a price
    with pytest.raises(openai.NotFoundError):
        client().models.retrieve("nonsense")


def test_a_custom_model_may_be_called_as_long_as_it_is_there(gateway: Gateway) -> None:
    """By an account whose models are counted; it costs what was said."""
    gateway.account.models = ["gpt-4o"]
    gateway.model("mine").replies("x", usage=Usage(100, 10, cached_tokens=40, cache_creation_tokens=20), optional=True)
    assert ask("mine") == 404
    made("mine", input_cost=10, output_cost=100, cache_hit_input_cost=1, cache_creation_input_cost=2)
    assert ask("mine") == 200
    assert gateway.logs.last.cost == pytest.approx((40 * 10 + 40 * 1 + 20 * 2 + 10 * 100) / 1e6)
    assert call("DELETE", "models/mine/").status_code == 204
    assert ask("mine") == 404
    assert call("GET", "models/mine/").status_code == 404


def test_a_custom_model_costs_what_its_base_costs(gateway: Gateway) -> None:
    """But for what it says itself; a price set by the test goes over all of it."""
    gateway.model("*").replies("x", usage=Usage(1000, 1000))
    gateway.account.price("base", prompt=1, completion=2)
    made("plain", base_model_name="gpt-4o")
    made("child", base_model_name="base")
    made("partly", base_model_name="child", output_cost=10)
    costs = {}
    for name in ("gpt-4o", "plain", "child", "partly", "base"):
        ask(name)
        costs[name] = gateway.logs.last.cost
    assert costs["plain"] == costs["gpt-4o"] is not None
    assert (costs["child"], costs["partly"], costs["base"]) == (0.003, 0.011, 0.003)
    gateway.account.price("partly", prompt=0, completion=5)
    ask("partly")
    assert gateway.logs.last.cost == 0.005


def test_a_custom_model_in_full(gateway: Gateway) -> None:
    """As it was sent, with its provider, and without that one's secrets."""
    assert gateway.account.models is None
    secret = {"base_url": "https://llm.example.com", "api_key": "sk-0123456789abcdef"}
    call("POST", "providers/", {"provider_id": "own", "provider_name": "Own", "extra_kwargs": secret})
    parameters = {"temperature": {"name": "temperature", "type": "float"}, "seed": None}
    fields: Any = {"custom_provider_id": "own", "max_context_window": 9, "function_call": 1, "input_cost": 3}
    model = made("mine", supported_params_override=parameters, display_name="Mine", **fields)
    provider = model.pop("provider")
    assert model == {
        "id": "mine",
        "model_name": "mine",
        "display_name": "Mine",
        "base_model_name": None,
        "affiliation_category": "custom",
        "is_called_by_custom_name": False,
        "input_cost": 3,
        "output_cost": None,
        "cache_hit_input_cost": None,
        "cache_creation_input_cost": None,
        "max_context_window": 9,
        "streaming_support": None,
        "function_call": 1,
        "image_support": None,
        "model_type": "chat",
        "supported_params": {"temperature": {"name": "temperature", "type": "float"}},
        "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:00.000000Z",
    }
    assert (provider["id"], provider["extra_kwargs"]) == (
        "own",
        {"base_url": "https://llm.example.com", "api_key": "sk-***"},
    )
    assert call("GET", "models/mine/").json()["provider"] == provider


def test_a_custom_model_is_changed_and_replaced(gateway: Gateway) -> None:
    """PATCH and a second POST change what they send, PUT takes away what it does not."""
    made("org/mine", input_cost=1, output_cost=2, base_model_name="gpt-4o")
    gateway.clock.advance(seconds=1)
    changed = call("PATCH", "models/org/mine/", {"output_cost": None, "image_support": 1}).json()
    assert (changed["input_cost"], changed["image_support"], changed["output_cost"] > 2) == (1, 1, True)
    assert changed["updated_at"] > changed["created_at"]
    assert made("org/mine", 200, input_cost=7)["image_support"] == 1
    replaced = call("PUT", "models/org/mine/", {"output_cost": 5}).json()
    assert [replaced[name] for name in ("input_cost", "output_cost", "image_support", "base_model_name")] == [
        None,
        5,
        None,
        None,
    ]
    assert listed() == ["org/mine"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (None, "gpt-4o claude-sonnet-4-5 mine"),
        ({"provider__provider_id": {"operator": "", "value": ["anthropic"]}}, "claude-sonnet-4-5"),
        ({"affiliation_category": "custom"}, "mine"),
        ({"is_managed": True}, "gpt-4o claude-sonnet-4-5"),
        ({"model_name": {"operator": "icontains", "value": ["Sonnet4.5"]}}, "claude-sonnet-4-5"),
        ({"model_name": {"operator": "contains", "value": ["sonnet4.5"]}}, ""),
        ({"input_cost": {"operator": "gte", "value": [100]}}, "mine"),
        ({"status": "active", "available_to_user": True, "model_type": "chat"}, "gpt-4o claude-sonnet-4-5 mine"),
    ],
)
def test_models_are_filtered_and_counted(gateway: Gateway, filters: Any, expected: str) -> None:
    """Custom ones are there for those who show a key."""
    gateway.account.models = ["gpt-4o", "claude-sonnet-4-5"]
    made("mine", input_cost=100)
    assert " ".join(listed(filters)) == expected
    open_ones = [name for name in expected.split() if name != "mine"]
    assert listed(filters, headers={}) == open_ones
    sent = {"filters": filters or {}}
    custom = len(expected.split()) - len(open_ones)
    assert call("POST", "models/summary/", sent).json() == {
        "summary": {
            "total_count": len(expected.split()),
            "global_count": len(open_ones),
            "custom_count": custom,
        }
    }
    assert call("POST", "models/summary/", sent, {}).json()["summary"]["custom_count"] == 0


def test_pages_of_models(gateway: Gateway) -> None:
    """In the order they were named, unless another is asked for."""
    gateway.account.models = ["b", "a", "c"]
    assert listed(query="?page_size=2") == ["b", "a"]
    assert listed(query="?page_size=2&page=2") == ["c"]
    assert listed(query="?sort_by=-model_name") == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "models/", {}, 422),
        ("POST", "models/", {"model_name": "x", "input_cost": -1}, 422),
        ("POST", "models/", {"model_name": "x", "function_call": 2}, 422),
        ("POST", "models/", {"model_name": "x", "custom_provider_id": "nobody"}, 404),
        ("POST", "models/", {"model_name": "x", "base_model_name": "x"}, 422),
        ("POST", "models/", {"model_name": "x", "base_model_name": "unknown"}, 404),
        ("PATCH", "models/one/", {"base_model_name": "two"}, 422),
        ("PATCH", "models/gpt-4o/", {"input_cost": 1}, 404),
        ("PUT", "models/nobody/", {}, 404),
        ("DELETE", "models/gpt-4o/", None, 404),
        ("GET", "models/nobody/", None, 404),
        ("DELETE", "models/public/", None, 405),
        ("PATCH", "models/list/", {}, 405),
        ("POST", "models/list/", {"filters": {"nonsense": 1}}, 400),
    ],
)
def test_what_cannot_be_done(gateway: Gateway, method: str, path: str, sent: Any, status: int) -> None:
    """A model that is not there or not the account's own, or one that leans on nothing."""
    gateway.account.models = ["gpt-4o", "x"]
    made("one", base_model_name="gpt-4o")
    made("two", base_model_name="one")
    assert call(method, path, sent).status_code == status


def test_a_list_of_models_with_a_wrong_key_is_refused(gateway: Gateway) -> None:
    """It is open to those who show none."""
    gateway.account.add_key("right")
    assert call("POST", "models/list/", {}).status_code == 401
    assert call("POST", "models/list/", {}, {}).status_code == 200
    assert call("GET", "models/", None, {}).status_code == 401


def test_how_a_model_has_been_doing(gateway: Gateway) -> None:
    """From the rows of its calls: what failed, and how fast it was."""
    gateway.model("gpt-4o").replies("x", delay=2, usage=Usage(1, 4)).fails(503)
    ask("gpt-4o")
    gateway.clock.advance(hours=2)
    ask("gpt-4o")
    window = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z"}
    told = call("POST", "models/gpt-4o/status/", window).json()
    first, second = told["data"]
    assert (first["date_group"], first["uptime"]) == ("2026-01-01T00:00:00.000000Z", 100.0)
    assert (second["date_group"], second["uptime"]) == ("2026-01-01T02:00:00.000000Z", 0.0)
    assert told["metrics_series"][0]["average_latency"] == 2.0
    assert told["metrics_series"][0]["average_tps"] == 2.0
    assert told["status"]["uptime_percent"] == 50.0
    assert told["respan_uptime"] == told["data"]
    query = "start_time=2026-01-01&end_time=1767225660&time_tick=day&provider_id=openai"
    told = requests.get(f"{RESPAN}/models/gpt-4o/status/?{query}", timeout=5).json()
    assert (told["time_tick"], len(told["data"]), "status" in told) == ("day", 1, False)
    told = call("POST", "models/org/none/status/", window).json()
    assert (told["data"], told["status"]["uptime_percent"]) == ([], None)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "start_time is a moment in ISO 8601 or in seconds of the epoch, not None."),
        (
            "start_time=0001-01-01T00:00:00%2B14:00",
            "start_time is a moment in ISO 8601 or in seconds of the epoch, not '0001-01-01T00:00:00+14:00'.",
        ),
        ("start_time=2026-01-02&end_time=2026-01-01", "end_time comes after start_time, and at most 90 days."),
        ("start_time=2026-01-02&end_time=2027-01-01", "end_time comes after start_time, and at most 90 days."),
        ("start_time=2026-01-01&end_time=2026-01-02&time_tick=week", "time_tick is minute, hour or day, not 'week'."),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_a_time_nobody_can_read_is_refused(query: str, detail: str) -> None:
    """With what is wrong about it."""
    answer = call("GET", f"models/gpt-4o/status/?{query}")
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})
