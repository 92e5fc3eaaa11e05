# OpenAI GPT models
model = "gpt-4o"       
# model = "claude-3-5-sonnet-20241022"  
# model = "gemini-1.5-pro"           

response = client.chat.completions.create(
    model=model,
    messages=[{"role": "user", "content": "Your message"}],
)
