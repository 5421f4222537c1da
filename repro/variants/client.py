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
"""The document's httpx client, and with each flag one thing that people do otherwise.

Runs on httpx2 where that is installed. Needs `repro/server.py` running.
"""

import argparse
import asyncio
import base64
import contextlib
import importlib
import itertools

import numpy as np

try:
    import httpx2 as httpx
except ImportError:
    import httpx

FLAGS = {
    "--no-idle": "keep no idle connection: each request opens its own",
    "--semaphore": "requests wait for their turn before the pool, not in it",
    "--again": "send a request again whose connection was gone; only where it may arrive twice",
    "--cancel": "give up every tenth request after a second",
    "--http2": "HTTP/2 without TLS: uv run --with h2, beside repro/variants/hypercorn_server.py",
    "--uvloop": "uvloop instead of asyncio's own event loop: uv run --with uvloop",
}
options = argparse.ArgumentParser(description=__doc__)
for flag, meaning in FLAGS.items():
    options.add_argument(flag, action="store_true", help=meaning)
chosen = options.parse_args()

SERVER_URL = "http://localhost:8000/process_image"

CONCURRENT_REQUESTS = 300
TOTAL_REQUESTS = 1000
TIMEOUT = 30
PATIENCE = 1  # seconds after which a request is given up: some have a connection by then

numbers = itertools.count(1)


async def post(client, image_data):
    response = await client.post(SERVER_URL, json={"image": image_data})
    return response.json()


async def post_again(client, image_data):
    for attempts_left in (2, 1, 0):
        try:
            return await post(client, image_data)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if not attempts_left:
                raise


async def post_or_give_up(client, image_data):
    if next(numbers) % 10:
        return await post(client, image_data)
    try:
        return await asyncio.wait_for(post(client, image_data), PATIENCE)
    except TimeoutError:
        return "given up"


async def send_request(client, image_data):
    if chosen.again:
        return await post_again(client, image_data)
    if chosen.cancel:
        return await post_or_give_up(client, image_data)
    return await post(client, image_data)


async def send_in_turn(turns, client, image_data):
    async with turns:
        return await send_request(client, image_data)


async def main():
    image = np.random.randint(0, 255, (100, 100, 3), dtype=np.uint8)
    image_data = base64.b64encode(image).decode()

    limits = httpx.Limits(
        max_connections=CONCURRENT_REQUESTS,
        max_keepalive_connections=0 if chosen.no_idle else None,
    )
    async with httpx.AsyncClient(
        http1=not chosen.http2, http2=chosen.http2, limits=limits, verify=False, timeout=TIMEOUT
    ) as client:
        turns = contextlib.nullcontext()
        if chosen.semaphore:
            turns = asyncio.Semaphore(CONCURRENT_REQUESTS)
        tasks = [send_in_turn(turns, client, image_data) for _ in range(TOTAL_REQUESTS)]
        results = await asyncio.gather(*tasks)

    for i, result in enumerate(results, 1):
        print(f"Response {i}:", result)


if __name__ == "__main__":
    importlib.import_module("uvloop" if chosen.uvloop else "asyncio").run(main())
