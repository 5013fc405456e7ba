"""AWS's protocols, by moto's parser of requests and serializer of answers and botocore's parser of answers.

Timestamps are numbers (seconds since 1970) and blobs base64 text wherever JSON is spoken with the front.
"""

import base64
import json
import re
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.parsers import ResponseParserFactory
from botocore.utils import parse_timestamp
from moto.core.model import OperationModel, ServiceModel, Shape
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from requests.structures import CaseInsensitiveDict
from werkzeug.datastructures import Headers, MultiDict

# Signing names that are not botocore's names of the service.
SIGNING_NAMES = {
    "elasticloadbalancing": "elbv2",
    "elasticfilesystem": "efs",
    "monitoring": "cloudwatch",
}


def protocol_of(model: ServiceModel) -> str:
    """The first protocol of the service that moto reads: not CBOR."""
    return next(name for name in model.metadata["protocols"] if name in PROTOCOL_PARSERS)


class Refused(Exception):
    """What is answered as an error of AWS."""

    def __init__(self, code: str, message: str, status: int | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class Request:
    """A request as it came: `method`, `url` (path and query), `headers`, `body` (base64), `service` (its signing name)."""

    def __init__(self, envelope: dict):
        self.method: str = envelope["method"]
        parts = urlsplit(envelope["url"])
        self.path = parts.path
        self.query = parts.query
        self.headers = Headers(envelope["headers"])
        self.body = base64.b64decode(envelope["body"])
        self.service = SIGNING_NAMES.get(envelope["service"], envelope["service"])
        self.model: ServiceModel = get_service_model(self.service)
        self.protocol = determine_request_protocol(self.model, self.headers.get("Content-Type", "").split(";")[0])
        self.values = MultiDict(parse_qsl(self.query, keep_blank_values=True))
        if self.protocol in ("query", "ec2"):
            self.values.update(parse_qsl(self.body.decode(), keep_blank_values=True))
        self.operation, self.labels = self._operation()

    def _operation(self) -> tuple[OperationModel, dict[str, str]]:
        if self.protocol in ("query", "ec2"):
            return self._named(self.values.get("Action", "")), {}
        if self.protocol == "json":
            return self._named(self.headers.get("X-Amz-Target", "").split(".")[-1]), {}
        for method, pattern, name in routes(self.service):
            found = pattern.fullmatch(self.path)
            if method == self.method and found:
                # AWS takes both forms; moto reads the ARN at the end of a path only in the model's.
                slash = "/" if self.model.operation_model(name).http_trait.path.endswith("/") else ""
                self.path = self.path.rstrip("/") + slash
                return self.model.operation_model(name), {k: unquote(v) for k, v in found.groupdict().items()}
        raise Refused("UnknownOperationException", f"no operation of {self.service} is {self.method} {self.path}", 404)

    def _named(self, name: str) -> OperationModel:
        if name not in self.model.operation_names:
            code = "InvalidAction" if self.protocol in ("query", "ec2") else "UnknownOperationException"
            raise Refused(code, f"{self.service} has no operation {name}")
        return self.model.operation_model(name)

    def parse(self) -> dict:
        """The members of the request, by the names of the model."""
        parser = PROTOCOL_PARSERS[self.protocol](self.operation, timestamp_parser=seconds, blob_parser=lambda text: text)
        return parser.parse(
            {
                "method": self.method,
                "values": self.values,
                "headers": self.headers,
                "body": self.body,
                "url_path": self.path,
                "url_params": self.labels,
            }
        )

    def json_body(self) -> object:
        """What the body says before the model is laid over it; undefined members are still there."""
        if "json" not in self.protocol or not self.body:
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused("SerializationException", "the body is no JSON") from None

    def read_answer(self, status: int, headers: dict[str, str], body: bytes) -> dict:
        """What moto answered, parsed as the clients of AWS do."""
        # Asked by `json` or `query`, moto answers so, whatever protocol the model prefers.
        factory = ResponseParserFactory()
        factory.set_parser_defaults(timestamp_parser=seconds, blob_parser=lambda text: text)
        answer = {"status_code": status, "headers": CaseInsensitiveDict(headers), "body": body}
        parsed = factory.create_parser(self.protocol).parse(answer, self.operation.output_shape)
        parsed.pop("ResponseMetadata", None)
        return parsed

    def write_answer(self, answer: dict | Exception) -> tuple[int, dict[str, str], bytes]:
        """The answer in the protocol of the request. An error's status is the model's, unless it has its own."""
        serializer = get_serializer_class(self.model.service_name, self.protocol)(self.operation)
        if isinstance(answer, dict) and self.operation.output_shape is not None:
            answer = with_bytes(answer, self.operation.output_shape)
        response = serializer.serialize(answer)
        status = getattr(answer, "status", None) or response["status_code"]
        body = response["body"]
        if isinstance(answer, Refused) and "json" in self.protocol:
            # moto's serializer writes the message of errors that the model has.
            body = json.dumps({"message": answer.message, **json.loads(body)})
        return status, dict(response["headers"]), body if isinstance(body, bytes) else body.encode()


def seconds(value: object) -> float:
    return parse_timestamp(value).timestamp()


def with_bytes(value: object, shape: Shape) -> object:
    """The value with the blobs of the model as bytes."""
    if value is None:
        return None
    if shape.type_name == "blob":
        return base64.b64decode(value)
    if shape.type_name == "list":
        return [with_bytes(each, shape.member) for each in value]
    if shape.type_name == "map":
        return {key: with_bytes(each, shape.value) for key, each in value.items()}
    if shape.type_name == "structure" and not shape.is_document_type:
        return {key: with_bytes(each, shape.members[key]) for key, each in value.items() if key in shape.members}
    return value


@cache
def routes(service: str) -> list[tuple[str, re.Pattern, str]]:
    """Method, path and operation of a service with paths: those with the fewest labels first."""
    model = get_service_model(service)
    found = []
    for name in model.operation_names:
        trait = model.operation_model(name).http_trait
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(trait.path.rstrip("/")))
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", pattern)
        found.append((pattern.count("(?P<"), trait.method, re.compile(f"{pattern}/?"), name))
    return [route[1:] for route in sorted(found, key=lambda route: (route[0], route[3]))]
