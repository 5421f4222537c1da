# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "httpx==0.28.1",
#     "httpcore==1.0.9",
#     "anyio==4.16.0",
#     "h11==0.16.0",
#     "numpy==2.4.6",
# ]
# ///
"""The document's load on `httpx.Client`: a thread for each request under way.

Runs on httpx2 where that is installed. Needs `repro/server.py` running.
"""

import base64
from concurrent.futures import ThreadPoolExecutor

import numpy as np

try:
    import httpx2 as httpx
except ImportError:
    import httpx

SERVER_URL = "http://localhost:8000/process_image"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30


def send_request(client, image_data):
    response = client.post(SERVER_URL, json={"image": image_data})
    return response.json()


def main():
    image = np.random.randint(0, 255, (100, 100, 3), dtype=np.uint8)
    image_data = base64.b64encode(image).decode()

    limits = httpx.Limits(max_connections=CONCURRENT_REQUESTS)
    with (
        httpx.Client(limits=limits, verify=False, timeout=TIMEOUT) as client,
        ThreadPoolExecutor(CONCURRENT_REQUESTS) as threads,
    ):
        tasks = [threads.submit(send_request, client, image_data) for _ in range(TOTAL_REQUESTS)]
        results = [task.result() for task in tasks]

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    main()
