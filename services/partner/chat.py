"""A small, deterministic model behind the OpenAI chat format. It bills by the token."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.partner.behaviour import is_unsafe

MODEL = "partner-small"
# Dollars for a million tokens: what a small hosted model costs, roughly.
PRICE_PROMPT = 0.15
PRICE_COMPLETION = 0.60
_URL_HOST = re.compile(r"https?://([^/\s?#\"'<>]+)", re.IGNORECASE)
_TOKEN = re.compile(r"\w{1,4}|[^\w\s]")  # near enough to a real tokenizer for a bill


class Message(BaseModel):
    """One turn."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str = Field(max_length=200_000)


class ChatRequest(BaseModel):
    """The part of the format that we read; the rest is accepted and ignored, as others do."""

    model_config = ConfigDict(extra="ignore")

    model: str = MODEL
    messages: list[Message] = Field(min_length=1)
    max_tokens: int = Field(default=256, ge=1, le=4_096)


def tokens(text: str) -> int:
    """How many tokens we bill for a text."""
    return len(_TOKEN.findall(text))


def answer_to(messages: list[Message]) -> str:
    """The model's reply: a verdict on the last address that was mentioned, or an echo."""
    last = messages[-1].content
    hosts = _URL_HOST.findall(last)
    if hosts:
        word = "unsafe" if is_unsafe(hosts[-1]) else "safe"
        return f"The page at {hosts[-1]} looks {word}."
    return f"You said: {last[:200]}"


def complete(request: ChatRequest, number: int, now_s: float) -> dict[str, Any]:
    """The answer as the format wants it, with its bill in `usage`."""
    words = answer_to(request.messages)
    billed = tokens(words)
    finish = "stop"
    if billed > request.max_tokens:
        words = words[: request.max_tokens * 3]
        billed, finish = request.max_tokens, "length"
    prompt = sum(tokens(message.content) + 4 for message in request.messages)
    return {
        "id": f"chatcmpl-{number:08d}",
        "object": "chat.completion",
        "created": int(now_s),
        "model": request.model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": words},
                "finish_reason": finish,
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": billed,
            "total_tokens": prompt + billed,
        },
    }


def dollars(usage: dict[str, int]) -> float:
    """What an answer costs."""
    prompt, completion = usage["prompt_tokens"], usage["completion_tokens"]
    return (prompt * PRICE_PROMPT + completion * PRICE_COMPLETION) / 1e6
