# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "fastapi==0.165.0",
#     "uvicorn[standard]==0.54.0",
#     "starlette==1.10.0",
#     "pydantic==2.14.4",
# ]
# ///
"""The document's image service on `uvicorn[standard]`: uvloop and httptools, as people run it."""

import asyncio
import os

import uvicorn
from fastapi import FastAPI
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
    uvicorn.run(
        image_service,
        host="127.0.0.1",
        port=PORT,
        loop="uvloop",
        http="httptools",
        timeout_keep_alive=KEEP_ALIVE,
    )
