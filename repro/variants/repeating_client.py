# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "httpx==0.27.2",
#     "httpcore==1.0.6",
#     "anyio==4.6.2.post1",
#     "h11==0.14.0",
#     "numpy==2.1.2",
# ]
# [tool.uv]
# exclude-newer = "2024-10-21T00:00:00Z"
# ///
"""The document's httpx client, which sends a request again when its connection was gone.

Only for idempotent requests: the server may have worked on the one that failed.
Runs on httpx2 where that is installed. Needs `repro/server.py` running.
"""

import asyncio
import base64

import numpy as np

try:
    import httpx2 as httpx
except ImportError:
    import httpx

SERVER_URL = "http://localhost:8000/process_image"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30


async def send_request(client, image_data):
    for attempts_left in (2, 1, 0):
        try:
            response = await client.post(SERVER_URL, json={"image": image_data})
            return response.json()
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if not attempts_left:
                raise


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
