response = client.chat.completions.create(
    model="gpt-4.1-nano",
    messages=[{"role": "user", "content": "Hello"}],
    extra_body={
        "customer_identifier": "user_123",
        "fallback_models": ["gpt-3.5-turbo"],
        "metadata": {"session_id": "abc123"},
        "thread_identifier": "conversation_456",
    },
)
