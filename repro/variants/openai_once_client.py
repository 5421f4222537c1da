# /// script
# requires-python = ">=3.11"
# dependencies = ["openai==3.57.0", "httpx2==2.16.2", "numpy"]
# ///
"""OpenAI's SDK on httpx2, told to send nothing again.

Needs `repro/variants/chat_server.py` running; nothing leaves this machine.
"""

import asyncio
import base64

import numpy as np
from openai import AsyncOpenAI

SERVER_URL = "http://localhost:8000/v1"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30
RETRIES = 0


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
