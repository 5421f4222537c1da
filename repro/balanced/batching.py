"""The document's image service as its text has it: what comes together is worked on together."""

import asyncio
import contextlib
import os

from fastapi import FastAPI
from pydantic import BaseModel, Field

DELAY = float(os.environ.get("DELAY", 3))  # seconds a batch takes
GATHERING = 0.01  # seconds that a batch waits for others to join it
LARGEST = 64  # requests of a batch


class ImagePayload(BaseModel):
    image: str = Field(..., description="Base64 encoded image")


waiting: asyncio.Queue = asyncio.Queue()


async def work_in_batches():
    while True:
        batch = [await waiting.get()]
        await asyncio.sleep(GATHERING)
        while len(batch) < LARGEST and not waiting.empty():
            batch.append(waiting.get_nowait())
        await asyncio.sleep(DELAY)  # the model, on a GPU
        for answered in batch:
            if not answered.done():  # a client that went away cancels its request
                answered.set_result(None)


@contextlib.asynccontextmanager
async def worker(_):
    task = asyncio.create_task(work_in_batches())
    yield
    task.cancel()


image_service = FastAPI(lifespan=worker)


@image_service.post("/process_image")
async def process_image(payload: ImagePayload):
    answered = asyncio.get_running_loop().create_future()
    await waiting.put(answered)
    await answered
    return {"message": "Image processed successfully after a delay"}
