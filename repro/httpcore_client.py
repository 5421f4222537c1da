# /// script
# requires-python = ">=3.11"
# dependencies = ["httpcore[asyncio]==1.0.6", "anyio==4.6.2.post1", "h11==0.14.0", "numpy==2.1.2"]
# [tool.uv]
# exclude-newer = "2024-10-21T00:00:00Z"
# ///
"""The document's load one layer down: httpcore's connection pool without httpx.

The pool and the timeouts are what `httpx.AsyncClient` passes on in `httpx_client.py`:
no bound on idle connections, which expire after five seconds. Needs `repro/server.py` running.
"""

import asyncio
import base64
import json

import httpcore
import numpy as np

SERVER_URL = "http://localhost:8000/process_image"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30


async def send_request(pool, image_data):
    response = await pool.request(
        "POST",
        SERVER_URL,
        headers={"Content-Type": "application/json"},
        content=json.dumps({"image": image_data}).encode(),
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)},
    )
    return json.loads(response.content)


async def main():
    image = np.random.randint(0, 255, (100, 100, 3), dtype=np.uint8)
    image_data = base64.b64encode(image).decode()

    async with httpcore.AsyncConnectionPool(
        max_connections=CONCURRENT_REQUESTS, keepalive_expiry=5.0
    ) as pool:
        tasks = [send_request(pool, image_data) for _ in range(TOTAL_REQUESTS)]
        results = await asyncio.gather(*tasks)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    asyncio.run(main())
