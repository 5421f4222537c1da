# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "httpx==0.28.1",
#     "httpcore==1.0.9",
#     "anyio==4.16.0",
#     "h11==0.16.0",
#     "httpx-retries==0.6.0",
#     "numpy==2.4.6",
# ]
# ///
"""The document's httpx client with httpx-retries, which sends a POST again only with --post.

--post is only for requests that may arrive twice: the server may have worked on the one that
failed. Needs `repro/server.py` running.
"""

import argparse
import asyncio
import base64

import httpx
import numpy as np
from httpx_retries import Retry, RetryTransport

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--post", action="store_true", help="send a POST again, up to three times")
chosen = options.parse_args()

SERVER_URL = "http://localhost:8000/process_image"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30


async def send_request(client, image_data):
    response = await client.post(SERVER_URL, json={"image": image_data})
    return response.json()


async def main():
    image = np.random.randint(0, 255, (100, 100, 3), dtype=np.uint8)
    image_data = base64.b64encode(image).decode()

    limits = httpx.Limits(max_connections=CONCURRENT_REQUESTS)
    pool = httpx.AsyncHTTPTransport(limits=limits, verify=False)
    retry = Retry(total=3, allowed_methods=["POST"]) if chosen.post else Retry(total=3)
    transport = RetryTransport(transport=pool, retry=retry)
    async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT) as client:
        tasks = [send_request(client, image_data) for _ in range(TOTAL_REQUESTS)]
        results = await asyncio.gather(*tasks)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    asyncio.run(main())
