from openai import OpenAI

client = OpenAI(
 base_url="https://api.respan.ai/api/",
 api_key="YOUR_RESPAN_API_KEY",
)

response = client.chat.completions.create(
 model="gpt-5.4",
 messages=[{"role": "user", "content": [
 {"type": "text", "text": "What do you see?"},
 {"type": "image_url", "image_url": {"url": "https://example.com/image.png"}}
 ]}],
)
