# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "httpx==0.28.1",
#     "httpcore==1.0.9",
#     "anyio==4.16.0",
#     "h11==0.16.0",
#     "numpy==2.4.6",
#     "trio==0.35.0",
# ]
# ///
"""The document's httpx client on trio instead of asyncio.

Runs on httpx2 where that is installed. Needs `repro/server.py` running.
"""

import base64

import numpy as np
import trio

try:
    import httpx2 as httpx
except ImportError:
    import httpx

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
    results = []

    async def keep_result(client):
        results.append(await send_request(client, image_data))

    limits = httpx.Limits(max_connections=CONCURRENT_REQUESTS)
    async with (
        httpx.AsyncClient(limits=limits, verify=False, timeout=TIMEOUT) as client,
        trio.open_nursery() as nursery,
    ):
        for _ in range(TOTAL_REQUESTS):
            nursery.start_soon(keep_result, client)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    trio.run(main)
