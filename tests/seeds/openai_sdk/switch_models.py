# OpenAI
response = client.chat.completions.create(model="gpt-4o", messages=messages)

# Anthropic
response = client.chat.completions.create(model="claude-sonnet-4-5-20250929", messages=messages)

# Google
response = client.chat.completions.create(model="gemini-2.5-flash", messages=messages)
