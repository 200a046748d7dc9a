"""What the links API reads and writes."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.shortener.links import codes
from services.shortener.links.change import KEEP, Change
from services.shortener.links.create import Wish
from services.shortener.links.listing import Page
from services.shortener.links.model import Link
from services.shortener.links.stats import Stats

LONGEST_URL = 2048


def _an_alias(text: str) -> str:
    if not codes.is_alias(text):
        raise ValueError(
            "an alias is 3 to 64 letters, digits, - and _, ending in letters or digits"
        )
    return text


def _in_the_future(moment: datetime) -> datetime:
    if moment <= datetime.now(UTC):
        raise ValueError("this moment has passed")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the last hours of the year 9999, west of Greenwich
        raise ValueError("this moment is too far away") from error


Alias = Annotated[str, AfterValidator(_an_alias)]
FutureTime = Annotated[AwareDatetime, AfterValidator(_in_the_future)]
Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL, examples=["https://example.com/"])]


class NewLink(BaseModel):
    """A link to be created."""

    model_config = ConfigDict(extra="forbid")

    url: Url
    alias: Alias | None = None
    expires_at: FutureTime | None = None

    def wish(self, owner_id: int) -> Wish:
        """What the owner asks for."""
        return Wish(owner_id, self.url, self.alias, self.expires_at)


class LinkPatch(BaseModel):
    """New values; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: Url | None = None
    expires_at: FutureTime | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what is to change: url, expires_at")
        if "url" in self.model_fields_set and self.url is None:
            raise ValueError("a link needs a url")
        return self

    def change(self) -> Change:
        """The change this stands for: `null` clears the expiry, leaving it out keeps it."""
        named = "expires_at" in self.model_fields_set
        return Change(url=self.url, expires_at=self.expires_at if named else KEEP)


class LinkView(BaseModel):
    """A link as its owner sees it."""

    code: str
    url: str
    short_url: str
    created_at: datetime
    expires_at: datetime | None
    version: int

    @classmethod
    def of(cls, link: Link, base_url: str) -> Self:
        """The view of this link under the address that visitors use."""
        return cls(
            code=link.code,
            url=link.url,
            short_url=f"{base_url.rstrip('/')}/{link.code}",
            created_at=link.created_at,
            expires_at=link.expires_at,
            version=link.version,
        )


class LinkPage(BaseModel):
    """Some of the owner's links; `next_cursor` is null on the last page."""

    items: list[LinkView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: Page, base_url: str) -> Self:
        """The view of this page."""
        items = [LinkView.of(link, base_url) for link in page.links]
        return cls(items=items, next_cursor=page.next_cursor)


class HourView(BaseModel):
    """The clicks of one hour."""

    hour: datetime
    clicks: int


class StatsView(BaseModel):
    """The clicks of a link. Hours without any are left out."""

    code: str
    total: int
    hours: list[HourView]

    @classmethod
    def of(cls, code: str, stats: Stats) -> Self:
        """The view of these figures."""
        hours = [HourView(hour=hour, clicks=clicks) for hour, clicks in stats.hours]
        return cls(code=code, total=stats.total, hours=hours)


def etag(body: dict[str, Any]) -> str:
    """The ETag that belongs to a link's view."""
    return f'"{body["version"]}"'
