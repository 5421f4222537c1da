# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi==0.165.0", "uvicorn==0.54.0", "starlette==1.10.0", "pydantic==2.14.4"]
# ///
"""A made-up endpoint that speaks as much of OpenAI's chat completions as its SDK needs.

It listens on port 8000 of this machine alone, and knows no model.
"""

import asyncio

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/v1/chat/completions")
async def complete(request: Request):
    asked = await request.json()
    await asyncio.sleep(3)
    return {
        "id": "made-up",
        "object": "chat.completion",
        "created": 0,
        "model": asked["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Processed after a delay"},
                "finish_reason": "stop",
            }
        ],
    }


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=8000)
