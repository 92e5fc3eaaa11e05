from openai import OpenAI

client = OpenAI(
 base_url="https://api.respan.ai/api/",
 api_key="YOUR_RESPAN_API_KEY",
)

response = client.chat.completions.create(
 model="gpt-5.4",
 messages=[{"role": "user", "content": "Hello"}],
 stream=True,
)

for chunk in response:
 print(chunk)
