"""What AWS's own API models say of a request's members, and moto does not look at."""

from collections.abc import Iterator
from functools import cache

import regex
from moto.core.model import Shape

NUMBERS = ("integer", "long", "float", "double")


def faults(value: object, shape: Shape, path: str = "") -> Iterator[dict[str, str]]:
    """Faults of a parsed request: `path`, `kind` (missing, enum, pattern, min, max) and AWS's own words for it."""
    kind, limits = shape.type_name, shape.metadata
    if kind == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield fault("missing", None, step(path, name), "Member must not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from faults(value[name], member, step(path, name))
        return
    if kind in ("list", "map"):
        yield from size_faults(value, len(value), limits, path, "length")
        parts = enumerate(value, 1) if kind == "list" else value.items()
        for key, each in parts:
            if each is not None:
                yield from faults(each, shape.member if kind == "list" else shape.value, f"{path}.{key}")
        if kind == "map":
            for key in value:
                yield from faults(key, shape.key, f"{path}.key")
    elif kind == "string":
        if shape.enum and value not in shape.enum:
            yield fault("enum", value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
        yield from size_faults(value, len(value), limits, path, "length")
        if "pattern" in limits and not compiled(limits["pattern"]).search(value):
            words = f"Member must satisfy regular expression pattern: {limits['pattern']}"
            yield fault("pattern", value, path, words)
    elif kind in NUMBERS:
        yield from size_faults(value, value, limits, path, "value")


def size_faults(value: object, size: float, limits: dict, path: str, what: str) -> Iterator[dict[str, str]]:
    if "min" in limits and size < limits["min"]:
        yield fault("min", value, path, f"Member must have {what} greater than or equal to {limits['min']}")
    if "max" in limits and size > limits["max"]:
        yield fault("max", value, path, f"Member must have {what} less than or equal to {limits['max']}")


def unknown_members(value: object, shape: Shape, path: str = "") -> Iterator[str]:
    """Members of a JSON body that the model does not have. AWS ignores them; a caller that sends one has a fault."""
    if isinstance(value, dict) and shape.type_name == "structure" and not shape.is_document_type:
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, each in value.items():
            if name in names:
                yield from unknown_members(each, names[name], step(path, name))
            else:
                yield step(path, name)
    elif isinstance(value, dict) and shape.type_name == "map":
        for key, each in value.items():
            yield from unknown_members(each, shape.value, step(path, key))
    elif isinstance(value, list) and shape.type_name == "list":
        for index, each in enumerate(value, 1):
            yield from unknown_members(each, shape.member, f"{path}.{index}")


def fault(kind: str, value: object, path: str, words: str) -> dict[str, str]:
    at = "null" if value is None else f"'{value}'"
    return {"kind": kind, "path": path, "message": f"Value {at} at '{path}' failed to satisfy constraint: {words}"}


def step(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def compiled(pattern: str) -> regex.Pattern:
    """The models' patterns are Java's: anchored at both ends where a service checks them."""
    return regex.compile(f"^(?:{pattern})$")
