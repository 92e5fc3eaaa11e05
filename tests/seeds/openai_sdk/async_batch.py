import os
import json
import time
from openai import OpenAI
from respan import Respan, workflow, task, get_client
from respan_instrumentation_openai import OpenAIInstrumentor

respan = Respan(instrumentations=[OpenAIInstrumentor()])
client = OpenAI(api_key=os.getenv("OPENAI_API_KEY"))

# Phase 1: Submit batch and save trace context
@task(name="create_and_submit")
def create_and_submit(requests: list) -> dict:
    file_path = "/tmp/batch_async.jsonl"
    with open(file_path, "w") as f:
        for r in requests:
            f.write(json.dumps(r) + "\n")

    batch_file = client.files.create(file=open(file_path, "rb"), purpose="batch")
    batch = client.batches.create(
        input_file_id=batch_file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
    )

    # Save trace ID — in production, persist this to a database
    rc = get_client()
    trace_id = rc.get_current_trace_id()

    return {"batch_id": batch.id, "trace_id": trace_id, "input_file": file_path}

@workflow(name="batch_submit")
def submit(requests):
    return create_and_submit(requests)

# Phase 2: Retrieve results (separate process/job)
def retrieve_and_log(saved: dict):
    batch_id = saved["batch_id"]

    while True:
        batch = client.batches.retrieve(batch_id)
        if batch.status == "completed":
            break
        elif batch.status in ("failed", "expired", "cancelled"):
            raise RuntimeError(f"Batch {batch.status}")
        time.sleep(5)

    content = client.files.content(batch.output_file_id).content
    results = [json.loads(line) for line in content.decode().strip().split("\n")]

    with open(saved["input_file"]) as f:
        requests = [json.loads(line) for line in f]

    # Log results into the ORIGINAL trace
    respan.log_batch_results(requests, results, trace_id=saved["trace_id"])

# Run
requests = [
    {
        "custom_id": f"topic-{i}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "gpt-4.1-nano",
            "messages": [
                {"role": "system", "content": "Explain in one sentence."},
                {"role": "user", "content": f"What is {topic}?"},
            ],
        },
    }
    for i, topic in enumerate(["quantum computing", "blockchain", "edge computing"])
]

saved = submit(requests)
respan.flush()

# Later (could be a different process)...
retrieve_and_log(saved)
respan.flush()
