"""The answers of the HTTP API when something is wrong: Toxiproxy's messages and status codes."""


class ApiError(Exception):
    """Rendered as `{"error": ..., "status": ...}`."""

    def __init__(self, status: int, message: str, detail: str = "") -> None:
        self.status = status
        self.message = f"{message}: {detail}" if detail else message
        super().__init__(self.message)

    def as_json(self) -> dict[str, str | int]:
        """Return the body of the answer."""
        return {"error": self.message, "status": self.status}


def bad_request_body(detail: object) -> ApiError:
    """400: not JSON, or of the wrong shape."""
    return ApiError(400, "bad request body", str(detail))


def missing_field(name: str) -> ApiError:
    """400."""
    return ApiError(400, "missing required field", name)


def proxy_not_found() -> ApiError:
    """404."""
    return ApiError(404, "proxy not found")


def proxy_already_exists() -> ApiError:
    """409."""
    return ApiError(409, "proxy already exists")


def invalid_stream() -> ApiError:
    """400."""
    return ApiError(400, "stream was invalid, can be either upstream or downstream")


def invalid_toxic_type() -> ApiError:
    """400."""
    return ApiError(400, "invalid toxic type")


def toxic_already_exists() -> ApiError:
    """409."""
    return ApiError(409, "toxic already exists")


def toxic_not_found() -> ApiError:
    """404."""
    return ApiError(404, "toxic not found")


def not_loopback(address: str) -> ApiError:
    """400, and not Toxiproxy's: this proxy never leaves the machine."""
    return ApiError(400, "only loopback addresses are allowed", address)


def cannot_listen(listen: str, error: OSError) -> ApiError:
    """500, as Toxiproxy answers when a port is taken."""
    return ApiError(500, f"listen tcp {listen}", error.strerror or str(error))
