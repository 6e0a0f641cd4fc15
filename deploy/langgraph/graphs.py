"""The samples that are langgraph graphs, for `langgraph dev`: see langgraph.json."""

import asyncio
from typing import Any

from agents.approval_agent import ApprovalAgent
from agents.rag_tool_agent import RagToolAgent
from agents.tool_agent import ToolAgent


# It refuses what blocks its event loop, and a model reads `.env`.
async def tool_agent() -> Any:
    return (await asyncio.to_thread(ToolAgent)).graph


async def rag_tool_agent() -> Any:
    return (await asyncio.to_thread(RagToolAgent)).graph


async def approval_agent() -> Any:
    return (await asyncio.to_thread(ApprovalAgent)).graph
