import os
import base64
import requests
from openai import OpenAI

openai_client = OpenAI()
pdf_url = "https://www.w3.org/WAI/ER/tests/xhtml/testfiles/resources/pdf/dummy.pdf"
response = requests.get(pdf_url)
file_data = response.content
file = openai_client.files.create(file=file_data, purpose="user_data")

client = OpenAI(
 base_url="https://api.respan.ai/api",
 api_key=os.getenv("RESPAN_API_KEY"),
)

file_content = [
 {"type": "text", "text": "What's this file about?"},
 {
 "type": "file",
 "file": {
 "file_id": file.id,
 },
 }
]

response = client.chat.completions.create(
 model="gpt-5.4",
 messages=[
 {
 "role": "user",
 "content": file_content,
 }
 ],
)
