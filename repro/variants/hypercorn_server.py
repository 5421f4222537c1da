# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "fastapi==0.165.0",
#     "hypercorn==0.18.0",
#     "starlette==1.10.0",
#     "pydantic==2.14.4",
#     "h11==0.16.0",
#     "h2==4.4.1",
# ]
# ///
"""The document's image service on hypercorn, which speaks HTTP/1.1 and HTTP/2 on one port."""

import asyncio
import os

from fastapi import FastAPI
from hypercorn.asyncio import serve
from hypercorn.config import Config
from pydantic import BaseModel, Field

PORT = int(os.environ.get("PORT", 8000))
DELAY = float(os.environ.get("DELAY", 3))  # seconds an answer takes
KEEP_ALIVE = float(os.environ.get("KEEP_ALIVE", 5))  # seconds a connection may be idle

image_service = FastAPI()


class ImagePayload(BaseModel):
    image: str = Field(..., description="Base64 encoded image")


@image_service.post("/process_image")
async def process_image(payload: ImagePayload):
    await asyncio.sleep(DELAY)
    return {"message": "Image processed successfully after a delay"}


if __name__ == "__main__":
    config = Config()
    config.bind = [f"127.0.0.1:{PORT}"]
    config.keep_alive_timeout = KEEP_ALIVE
    config.backlog = 2048  # as uvicorn has it
    asyncio.run(serve(image_service, config))
