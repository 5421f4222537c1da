# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "fastapi==0.165.0",
#     "granian==2.8.9",
#     "starlette==1.10.0",
#     "pydantic==2.14.4",
# ]
# ///
"""The document's image service on granian, whose connections are Rust's."""

import asyncio
import os

from fastapi import FastAPI
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from pydantic import BaseModel, Field

PORT = int(os.environ.get("PORT", 8000))
DELAY = float(os.environ.get("DELAY", 3))  # seconds an answer takes
KEEP_ALIVE = os.environ.get("KEEP_ALIVE")  # seconds a connection may be idle

image_service = FastAPI()


class ImagePayload(BaseModel):
    image: str = Field(..., description="Base64 encoded image")


@image_service.post("/process_image")
async def process_image(payload: ImagePayload):
    await asyncio.sleep(DELAY)
    return {"message": "Image processed successfully after a delay"}


if __name__ == "__main__":
    settings = HTTP1Settings()
    if KEEP_ALIVE:  # before granian 2 there is no limit otherwise
        settings.header_read_timeout = int(1000 * float(KEEP_ALIVE))
    Granian(
        "granian_server:image_service",
        address="127.0.0.1",
        port=PORT,
        interface=Interfaces.ASGI,
        http1_settings=settings,
    ).serve()
