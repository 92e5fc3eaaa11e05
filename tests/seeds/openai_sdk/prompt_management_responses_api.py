PROMPT_ID = "YOUR_PROMPT_ID"

response = client.responses.create(
    model="gpt-4.1-nano",
    input=[
        {"role": "user", "content": "Add dark mode support to the dashboard"},
    ],
    extra_body={
        "respan_params": {
            "prompt": {
                "prompt_id": PROMPT_ID,
                "schema_version": 2,
                "variables": {
                    "feature_request": "Add dark mode support",
                },
            }
        }
    },
)
print(response.output_text)
