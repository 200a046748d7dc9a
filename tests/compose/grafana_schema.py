"""What Grafana 11 accepts in provisioning files, as its documentation has it, as far as we use it.

Grafana ignores a key that it does not know; here a misspelt one is an error. It cannot be run where
the tests run (no image, no package), so this is as near as they come.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """Nothing that is not named."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Destination(Part):
    """Where a click on an exemplar leads: another data source, or a page."""

    name: str
    datasourceUid: str = ""  # noqa: N815 - Grafana's own names, here and below
    url: str = ""
    urlDisplayLabel: str = ""  # noqa: N815


class Json(Part):
    """What a data source of type prometheus has in `jsonData`."""

    httpMethod: Literal["GET", "POST"] = "POST"  # noqa: N815
    timeInterval: str = Field("15s", pattern=r"^\d+(ms|s|m|h)$")  # noqa: N815
    manageAlerts: bool = True  # noqa: N815
    exemplarTraceIdDestinations: list[Destination] = []  # noqa: N815


class Source(Part):
    """One data source."""

    name: str
    uid: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    type: Literal["prometheus", "jaeger"]
    access: Literal["proxy", "direct"]
    url: str = Field(pattern=r"^http://127\.0\.0\.1:\d+$")
    isDefault: bool = False  # noqa: N815
    editable: bool = False
    jsonData: Json = Json()  # noqa: N815


class Sources(Part):
    """`provisioning/datasources/*.yml`."""

    apiVersion: Literal[1]  # noqa: N815
    datasources: list[Source] = Field(min_length=1)


class Options(Part):
    """Where the files of a provider are, inside the container."""

    path: str = Field(pattern="^/")
    foldersFromFilesStructure: bool = False  # noqa: N815


class Provider(Part):
    """One folder of dashboards."""

    name: str
    type: Literal["file"]
    folder: str = ""
    disableDeletion: bool = False  # noqa: N815
    updateIntervalSeconds: int = 10  # noqa: N815
    allowUiUpdates: bool = False  # noqa: N815
    options: Options


class Providers(Part):
    """`provisioning/dashboards/*.yml`."""

    apiVersion: Literal[1]  # noqa: N815
    providers: list[Provider] = Field(min_length=1)
