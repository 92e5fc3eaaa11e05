from openai import OpenAI
client = OpenAI(
 base_url="https://api.respan.ai/api/",
 api_key="YOUR_RESPAN_API_KEY",
)

tools = [
 {
 "type": "function",
 "function": {
 "name": "get_current_weather",
 "description": "Get the current weather in a given location",
 "parameters": {
 "type": "object",
 "properties": {
 "location": {
 "type": "string",
 "description": "The city and state, e.g. San Francisco, CA",
 },
 "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
 },
 "required": ["location"],
 },
 }
 }
]
messages = [{"role": "user", "content": "What's the weather like in Boston today?"}]
completion = client.chat.completions.create(
 model="gpt-5.4",
 messages=messages,
 tools=tools,
 tool_choice="auto"
)
print(completion)
