# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "fastapi==0.165.0",
#     "gunicorn==27.0.1",
#     "uvicorn[standard]==0.54.0",
#     "uvicorn-worker==0.4.0",
#     "starlette==1.10.0",
#     "pydantic==2.14.4",
# ]
# ///
"""The document's image service on gunicorn, in one worker of uvicorn's, as people run it."""

import asyncio
import os

from fastapi import FastAPI
from gunicorn.app.base import BaseApplication
from pydantic import BaseModel, Field
from uvicorn_worker import UvicornWorker

PORT = int(os.environ.get("PORT", 8000))
DELAY = float(os.environ.get("DELAY", 3))  # seconds an answer takes
KEEP_ALIVE = float(os.environ.get("KEEP_ALIVE", 2))  # seconds a connection may be idle

image_service = FastAPI()


class ImagePayload(BaseModel):
    image: str = Field(..., description="Base64 encoded image")


@image_service.post("/process_image")
async def process_image(payload: ImagePayload):
    await asyncio.sleep(DELAY)
    return {"message": "Image processed successfully after a delay"}


class ImageWorker(UvicornWorker):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.config.timeout_keep_alive = KEEP_ALIVE  # gunicorn's own takes whole seconds only


class ImageServer(BaseApplication):
    def load_config(self):
        self.cfg.set("bind", f"127.0.0.1:{PORT}")
        self.cfg.set("worker_class", ImageWorker)

    def load(self):
        return image_service


if __name__ == "__main__":
    ImageServer().run()
