"""A real stack with Kafka, and a request that is traced from the edge on."""

import secrets
from dataclasses import dataclass

import httpx2

from stack.home import Home

WHO = {"email": "traced@shortcircuit.example", "password": "correct horse battery staple"}


@dataclass(frozen=True)
class Traced:
    """Somebody whom the edge knows as a run: each request has a trace of its own."""

    home: Home

    def headers(self) -> tuple[str, dict[str, str]]:
        """Return a fresh trace id, and the headers that make the edge believe it."""
        trace_id = secrets.token_hex(16)
        traceparent = f"00-{trace_id}-{secrets.token_hex(8)}-01"
        return trace_id, {"traceparent": traceparent, "x-lab-run": self.home.secret("lab-run")}

    async def create(self, http: httpx2.AsyncClient) -> tuple[str, str]:
        """Register, log in and create a link; return its code and the trace of the creation."""
        (await http.post("/api/v1/auth/register", json=WHO)).raise_for_status()
        login = (await http.post("/api/v1/auth/login", json=WHO)).raise_for_status()
        bearer = {"Authorization": f"Bearer {login.json()['access_token']}"}
        trace_id, headers = self.headers()
        made = await http.post(
            "/api/v1/links", json={"url": "https://example.com/"}, headers=bearer | headers
        )
        return made.raise_for_status().json()["code"], trace_id

    async def visit(self, http: httpx2.AsyncClient, code: str) -> str:
        """Follow a link; return the trace of it."""
        trace_id, headers = self.headers()
        answer = await http.get(f"/{code}", headers=headers)
        assert answer.status_code == 302
        return trace_id
