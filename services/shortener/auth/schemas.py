"""What the auth API reads and writes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from services.shortener.auth.passwords import MAX_LENGTH, MIN_LENGTH

# Whether an address exists only a message to it can tell; the pattern catches slips of the hand.
Email = Annotated[
    str, Field(max_length=254, pattern=r"^\s*[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+\s*$")
]
# PostgreSQL's text has no NUL: asking it for one would be our error, and it is the caller's.
AnyText = Annotated[str, Field(max_length=254, pattern=r"^[^\x00]*$")]


def _text(secret: SecretStr) -> SecretStr:
    """Half of a surrogate pair is no text: no hash can be made of it."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("is not Unicode text") from None
    return secret


class NewAccount(BaseModel):
    """An account to be made."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Annotated[
        SecretStr, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH), AfterValidator(_text)
    ]


class Credentials(BaseModel):
    """Who wants to log in. No least length: what is too short is wrong, and nothing more."""

    model_config = ConfigDict(extra="forbid")

    email: AnyText
    password: Annotated[SecretStr, Field(max_length=MAX_LENGTH), AfterValidator(_text)]


class RefreshToken(BaseModel):
    """A refresh token, as it was given out."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[str, Field(max_length=200)]


class AccountView(BaseModel):
    """An account as its owner sees it."""

    id: int
    email: str


class Tokens(BaseModel):
    """A session: an access token for the API, a refresh token for the next pair."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind of token, not a token
    expires_in: int
