PROMPT_ID = "YOUR_PROMPT_ID"

response = client.chat.completions.create(
    model="gpt-4.1-nano",
    messages=[
        {"role": "user", "content": "Add dark mode support to the dashboard"},
    ],
    extra_body={
        "prompt": {
            "prompt_id": PROMPT_ID,
            "schema_version": 2,
            "variables": {
                "feature_request": "Add dark mode support",
            },
        }
    },
)
print(response.choices[0].message.content)
