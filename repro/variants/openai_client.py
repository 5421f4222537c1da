# /// script
# requires-python = ">=3.11"
# dependencies = ["openai==3.57.0", "httpx2==2.16.2", "numpy==2.4.6"]
# ///
"""OpenAI's SDK on httpx2: by itself it sends a request again up to twice, with --once never.

Needs `repro/variants/chat_server.py` running; nothing leaves this machine.
"""

import argparse
import asyncio
import base64

import numpy as np
from openai import AsyncOpenAI

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--once", action="store_true", help="send no request again")
chosen = options.parse_args()

SERVER_URL = "http://localhost:8000/v1"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30
RETRIES = 0 if chosen.once else 2  # as the SDK has it by itself


async def send_request(client, image_data):
    message = {"role": "user", "content": image_data}
    return await client.chat.completions.create(model="made-up", messages=[message])


async def send_in_turn(turns, client, image_data):
    async with turns:
        return await send_request(client, image_data)


async def main():
    image = np.random.randint(0, 255, (100, 100, 3), dtype=np.uint8)
    image_data = base64.b64encode(image).decode()

    async with AsyncOpenAI(
        base_url=SERVER_URL, api_key="none", timeout=TIMEOUT, max_retries=RETRIES
    ) as client:
        turns = asyncio.Semaphore(CONCURRENT_REQUESTS)
        tasks = [send_in_turn(turns, client, image_data) for _ in range(TOTAL_REQUESTS)]
        results = await asyncio.gather(*tasks)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result.choices[0].message.content)


if __name__ == "__main__":
    asyncio.run(main())
