# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi==0.115.2", "uvicorn==0.32.0", "starlette==0.40.0", "pydantic==2.9.2", "h11==0.14.0"]
# [tool.uv]
# exclude-newer = "2024-10-21T00:00:00Z"
# ///
"""The image service of the document: every answer takes three seconds.

Start it first (`uv run repro/server.py`), then run one of the clients beside it.
It listens on port 8000 of every interface, as the document has it; uvicorn closes a
connection that has been idle for five seconds.
"""

from fastapi import FastAPI
from pydantic import BaseModel, Field
import asyncio
import uvicorn

app = FastAPI()

class ImagePayload(BaseModel):
    image: str = Field(..., description="Base64 encoded image")

@app.post("/process_image")
async def process_image(payload: ImagePayload):
    await asyncio.sleep(3)

    return {
        "message": "Image processed successfully after a delay"
    }

if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=8000)
