import os
import json
import time
from openai import OpenAI
from respan import Respan, workflow, task
from respan_instrumentation_openai import OpenAIInstrumentor

respan = Respan(instrumentations=[OpenAIInstrumentor()])

# Batch API requires direct OpenAI access
client = OpenAI(api_key=os.getenv("OPENAI_API_KEY"))

@task(name="create_batch_file")
def create_batch_file() -> str:
    tasks = []
    for i, topic in enumerate(["quantum computing", "blockchain", "edge computing"]):
        tasks.append({
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
        })

    file_path = "/tmp/batch_input.jsonl"
    with open(file_path, "w") as f:
        for t in tasks:
            f.write(json.dumps(t) + "\n")
    return file_path

@task(name="upload_and_submit")
def upload_and_submit(file_path: str) -> str:
    batch_file = client.files.create(file=open(file_path, "rb"), purpose="batch")
    batch = client.batches.create(
        input_file_id=batch_file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
    )
    return batch.id

@task(name="poll_batch")
def poll_batch(batch_id: str) -> str:
    while True:
        batch = client.batches.retrieve(batch_id)
        if batch.status == "completed":
            return batch.output_file_id
        elif batch.status in ("failed", "expired", "cancelled"):
            raise RuntimeError(f"Batch {batch.status}")
        time.sleep(5)

@task(name="download_results")
def download_results(output_file_id: str):
    content = client.files.content(output_file_id).content
    results = [json.loads(line) for line in content.decode().strip().split("\n")]

    with open("/tmp/batch_input.jsonl") as f:
        requests = [json.loads(line) for line in f]

    # Log each batch result as an individual traced span
    respan.log_batch_results(requests, results)

    for r in results:
        print(f"{r['custom_id']}: {r['response']['body']['choices'][0]['message']['content']}")

@workflow(name="batch_pipeline")
def run():
    file_path = create_batch_file()
    batch_id = upload_and_submit(file_path)
    output_file_id = poll_batch(batch_id)
    download_results(output_file_id)

run()
respan.flush()
