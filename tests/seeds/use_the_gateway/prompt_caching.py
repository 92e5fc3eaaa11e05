import anthropic

client = anthropic.Anthropic(
 base_url="https://api.respan.ai/api/anthropic/",
 api_key="YOUR_RESPAN_API_KEY",
)

message = client.messages.create(
 model="claude-sonnet-4-20250514",
 system=[
 {
 "type": "text",
 "text": "You are an AI assistant tasked with analyzing literary works.",
 },
 {
 "type": "text",
 "text": "<the entire contents of 'Pride and Prejudice'>",
 "cache_control": {"type": "ephemeral"}
 }
 ],
 messages=[{"role": "user", "content": "Analyze the major themes."}]
)
