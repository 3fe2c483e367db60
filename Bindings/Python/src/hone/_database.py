"""A tuning database as plain data: reads best.json, needs no library."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping, Optional, Union

from ._errors import UnusableDataError

SCHEMA = "hone.best/1"


@dataclass(frozen=True)
class Row:
    """What is served for a problem, a number of cores and a policy."""

    hardware_class: str
    operation: str
    types: str
    shape: Mapping[str, int] = field(hash=False)
    attributes: Mapping[str, str] = field(hash=False)
    cores: int
    policy: str
    backend: str
    variant: str
    parameters: Mapping[str, Union[int, str]] = field(hash=False)
    seconds: float
    #: Time of the default / time of this; None where the default itself is served.
    speedup: Optional[float]
    speedup_interval: Optional[tuple[float, float]]
    record: str

    @classmethod
    def of(cls, row: Mapping[str, Any], hardware_class: str) -> "Row":
        problem, configuration, gain = row["problem"], row["configuration"], row.get("againstDefault")
        interval = gain["interval"] if gain else None
        return cls(
            hardware_class=hardware_class,
            operation=problem["operation"],
            types=problem["types"],
            shape=problem["shape"],
            attributes=problem["attributes"],
            cores=row["cores"],
            policy=row["policy"],
            backend=configuration["backend"],
            variant=configuration["variant"],
            parameters=configuration["parameters"],
            seconds=row["seconds"],
            speedup=gain["speedup"] if gain else None,
            speedup_interval=(interval["low"], interval["high"]) if interval else None,
            record=row["record"],
        )


class Database:
    """The best.json files of a database folder, or one such file."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.path = os.fspath(path)
        #: Hardware class -> the document as it stands in the file.
        self.documents: dict[str, dict[str, Any]] = {}
        for file in _files(self.path):
            document = _read(file)
            self.documents[document["hardwareClass"]] = document

    @property
    def hardware_classes(self) -> list[str]:
        return sorted(self.documents)

    def __len__(self) -> int:
        return sum(len(document["rows"]) for document in self.documents.values())

    def __iter__(self) -> Iterator[Row]:
        for name in self.hardware_classes:
            for row in self.documents[name]["rows"]:
                try:
                    yield Row.of(row, name)
                except (KeyError, TypeError) as error:
                    raise UnusableDataError(f"{self.path}: a row of {name} lacks {error}") from error

    def find(self, operation: Optional[str] = None, **fields: Any) -> list[Row]:
        """Rows with these values: of the row itself (cores=2, backend="hone"), its shape (m=512) or its attributes."""
        return [row for row in self if _matches(row, operation, fields)]

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Hardware class -> the document of best.json."""
        return dict(self.documents)

    def to_pandas(self) -> Any:
        """A pandas frame, one row a row; dimensions and attributes are columns (shape.m, attributes.transB)."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install pandas") from error
        return pandas.DataFrame.from_records([_flat(row) for row in self])


def _matches(row: Row, operation: Optional[str], fields: Mapping[str, Any]) -> bool:
    if operation is not None and row.operation != operation:
        return False
    for name, wanted in fields.items():
        places = (row.shape, row.attributes, row.parameters)
        values = [place[name] for place in places if name in place]
        if name in Row.__dataclass_fields__:
            values.append(getattr(row, name))
        if not any(value == wanted for value in values):
            return False
    return True


def _flat(row: Row) -> dict[str, Any]:
    nested = ("shape", "attributes", "parameters")
    names = [name for name in Row.__dataclass_fields__ if name not in nested + ("speedup_interval",)]
    flat: dict[str, Any] = {name: getattr(row, name) for name in names}
    for group in nested:
        flat.update({f"{group}.{name}": value for name, value in getattr(row, group).items()})
    low, high = row.speedup_interval or (None, None)
    flat.update({"speedup_low": low, "speedup_high": high})
    return flat


def _files(path: str) -> list[str]:
    if os.path.isfile(path):
        return [path]
    hosts = os.path.join(path, "hosts")
    try:
        names = sorted(os.listdir(hosts))
    except OSError as error:
        raise UnusableDataError(f"{path} is no tuning database: {error}") from error
    files = [os.path.join(hosts, name, "best.json") for name in names]
    return [file for file in files if os.path.isfile(file)]


def _read(file: str) -> dict[str, Any]:
    try:
        with open(file, encoding="utf-8-sig") as stream:
            document = json.load(stream)
    except (OSError, ValueError) as error:
        raise UnusableDataError(f"{file} cannot be read: {error}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise UnusableDataError(f"{file}: its schema is {schema!r}, not {SCHEMA!r}; a newer hone may read it")
    if not isinstance(document.get("rows"), list) or not isinstance(document.get("hardwareClass"), str):
        raise UnusableDataError(f"{file}: it has no rows, or no hardwareClass")
    return document
