# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx-aiohttp==0.2.0", "httpx==0.28.1", "numpy"]
# ///
"""The document's httpx client over aiohttp's connections: the swap that keeps httpx's API.

`HttpxAiohttpClient` is `httpx.AsyncClient` with another transport. Needs `repro/server.py` running.
"""

import asyncio
import base64

import httpx
import numpy as np
from httpx_aiohttp import HttpxAiohttpClient

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

    async with HttpxAiohttpClient(
        limits=httpx.Limits(max_connections=CONCURRENT_REQUESTS), verify=False, timeout=TIMEOUT
    ) as client:
        tasks = [send_request(client, image_data) for _ in range(TOTAL_REQUESTS)]
        results = await asyncio.gather(*tasks)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    asyncio.run(main())
