# OpenAI
model = "gpt-4o"
# Anthropic
# model = "claude-sonnet-4-5-20250929"
# Google
# model = "gemini-1.5-pro"
# DeepSeek
# model = "deepseek-chat"

response = requests.post(
    'https://api.respan.ai/api/chat/completions',
    headers=headers,
    json={'model': model, 'messages': [{'role': 'user', 'content': 'Hello'}]},
)
