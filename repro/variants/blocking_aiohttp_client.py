# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "aiohttp==3.14.5",
#     "numpy==2.4.6",
# ]
# ///
"""The document's aiohttp client, whose caller works on each answer and blocks the event loop.

Meanwhile the server may close what is idle; the client writes on it all the same, and fails.

Needs `repro/server.py` running.
"""

import asyncio
import base64
import time

import aiohttp
import numpy as np

SERVER_URL = "http://localhost:8000/process_image"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30
WORK = 0.01  # seconds the caller spends on an answer: decoding, resizing, saving


async def send_request(session, image_data):
    async with session.post(SERVER_URL, json={"image": image_data}) as response:
        answer = await response.json()
    time.sleep(WORK)
    return answer


async def main():
    image = np.random.randint(0, 255, (100, 100, 3), dtype=np.uint8)
    image_data = base64.b64encode(image.tobytes()).decode()

    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    connector = aiohttp.TCPConnector(limit=CONCURRENT_REQUESTS)

    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        tasks = [send_request(session, image_data) for _ in range(TOTAL_REQUESTS)]
        results = await asyncio.gather(*tasks)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    asyncio.run(main())
