"""Secrets that an application lets slip into its spans, each named by where it is."""

from mock_gateway import Gateway

from .application import client, task, traced
from .test_agreement import disagreements


def test_a_secret_in_an_attribute(respan_gateway: Gateway) -> None:
    """A key that is in use, and one that only looks like one, are named without being shown."""
    key = "sk-proj-" + "a1B2" * 8

    @task(name="leaky")
    def leaky(mine: str, own: str) -> None:
        client(api_key=mine)

    traced()
    leaky("test-key-of-no-account", key)
    ask_key = client(api_key="customer-key-0815")
    respan_gateway.model("gpt-4o").replies("Hi")
    ask_key.chat.completions.create(model="gpt-4o", messages=[])
    leaky("customer-key-0815", "nothing")
    found = disagreements(respan_gateway)
    assert found == [
        "task leaky: its attribute traceloop.entity.input has an OpenAI key (sk-***).",
        "task leaky: its attribute traceloop.entity.input has a key that is in use (cus***).",
    ]


def test_a_secret_where_nobody_looks(respan_gateway: Gateway) -> None:
    """In the name of an event or of an attribute, or in what is said of a link."""
    from opentelemetry import trace
    from opentelemetry.trace import Link

    traced()
    key = "sk-proj-" + "a1B2" * 8
    tracer = trace.get_tracer("own")
    for name, link, event in (("linked", key, "none"), ("named", "none", "none"), ("happened", "none", key)):
        with tracer.start_as_current_span(name, links=[Link(trace.SpanContext(1, 2, False), {"to": link})]) as span:
            span.set_attributes({"traceloop.span.kind": "task", "traceloop.entity.name": name})
            span.set_attribute(key if name == "named" else "of", "it")
            span.add_event(event)
    assert disagreements(respan_gateway) == [
        "task linked: its link's attribute to has an OpenAI key (sk-***).",
        "task named: its attribute's name has an OpenAI key (sk-***).",
        "task happened: its event's name has an OpenAI key (sk-***).",
    ]
