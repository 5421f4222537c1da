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
"""The document's httpx client, whose caller works on each answer and blocks the event loop.

Meanwhile the server may close what is idle; the client writes on it all the same, and fails.

Runs on httpx2 where that is installed. Needs `repro/server.py` running.
"""

import asyncio
import base64
import time

import numpy as np

try:
    import httpx2 as httpx
except ImportError:
    import httpx

SERVER_URL = "http://localhost:8000/process_image"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30
WORK = 0.01  # seconds the caller spends on an answer: decoding, resizing, saving


async def send_request(client, image_data):
    response = await client.post(SERVER_URL, json={"image": image_data})
    time.sleep(WORK)
    return response.json()


async def main():
    image = np.random.randint(0, 255, (100, 100, 3), dtype=np.uint8)
    image_data = base64.b64encode(image).decode()

    limits = httpx.Limits(max_connections=CONCURRENT_REQUESTS)
    async with httpx.AsyncClient(limits=limits, verify=False, timeout=TIMEOUT) as client:
        tasks = [send_request(client, image_data) for _ in range(TOTAL_REQUESTS)]
        results = await asyncio.gather(*tasks)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    asyncio.run(main())
