"""An application that asks, and says what became of it."""

import openai


def everything(*, stream: bool) -> str:
    """The whole answer, or the name of what went wrong."""
    with openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k", max_retries=0, timeout=5) as client:
        question: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "Hi"}]
        try:
            if stream:
                events = client.chat.completions.create(model="gpt-4o", messages=question, stream=True)
                return "".join(event.choices[0].delta.content or "" for event in events if event.choices)
            whole = client.chat.completions.create(model="gpt-4o", messages=question)
            return str(whole.choices[0].message.content)
        except Exception as error:  # noqa: BLE001 - whichever it is, is what is looked at
            return type(error).__name__
