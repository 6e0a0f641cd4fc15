"""How fast answers come under a JSON schema."""

import asyncio
import json
import time
from typing import Any

import jsonschema

from benchmarks.client import openai_client
from benchmarks.servers import Endpoints

ITINERARY = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "maxLength": 30},
        "days": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "morning_activity": {"type": "string", "maxLength": 40},
                    "afternoon_activity": {"type": "string", "maxLength": 40},
                    "transport": {"enum": ["walk", "bus", "train"]},
                    "cost_in_euros": {"type": "integer", "minimum": 0, "maximum": 500},
                },
                "required": ["morning_activity", "afternoon_activity", "transport", "cost_in_euros"],
                "additionalProperties": False,
            },
        },
        "travellers": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["city", "days", "travellers"],
    "additionalProperties": False,
}


async def several(at: Endpoints, n: int = 8) -> dict[str, float]:
    """n answers at once under one JSON schema, each of another text."""
    async with openai_client(at.chat) as client:
        form: Any = {
            "type": "json_schema",
            "json_schema": {"name": "itinerary", "strict": True, "schema": ITINERARY},
        }

        async def answer(number: int) -> int:
            reply = await client.chat.completions.create(
                model="moly-chat",
                messages=[{"role": "user", "content": f"Plan trip {number}: two days in a city on a river."}],
                response_format=form,
                temperature=0,
                max_tokens=400,
            )
            jsonschema.validate(json.loads(reply.choices[0].message.content or ""), ITINERARY)
            assert reply.usage
            return reply.usage.completion_tokens

        # Whoever compiles the schema once does so here.
        await answer(0)
        started = time.perf_counter()
        tokens = await asyncio.gather(*(answer(number) for number in range(1, n + 1)))
        wall = time.perf_counter() - started
        return {"tokens/s": sum(tokens) / wall, "answers/minute": 60 * n / wall}


async def one(at: Endpoints) -> dict[str, float]:
    return await several(at, 1)
