"""moto's server, and beside it what the front asks: on a free port of loopback, until its standard input ends."""

import base64
import json
import os
import sys
import threading
from collections.abc import Callable
from urllib.parse import unquote_to_bytes, urlencode

from botocore.serialize import create_serializer
from model_checks import faults, unknown_members
from moto.core.model import Shape
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from protocols import Refused, Request, protocol_of
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import EnvironBuilder, run_wsgi_app

moto = DomainDispatcherApplication(create_backend_app)
moto.debug = True
# moto keeps its state in plain dictionaries: one at a time.
one_at_a_time = threading.Lock()


def parse(asked: dict) -> dict:
    request = Request(asked)
    members = request.parse()
    shape = request.operation.input_shape
    body = request.json_body()
    return {
        "service": request.service,
        "operation": request.operation.name,
        "input": members,
        "faults": [] if shape is None else list(faults(members, shape)),
        "unknown": [] if shape is None or body is None else list(unknown_members(body, body_shape(shape))),
    }


def forward(asked: dict) -> dict:
    """Asks moto, with the answer as it is and parsed."""
    request = Request(asked)
    environ = EnvironBuilder(method=request.method, base_url="http://127.0.0.1", data=request.body).get_environ()
    environ["RAW_URI"] = environ["REQUEST_URI"] = request.path + (f"?{request.query}" if request.query else "")
    environ["PATH_INFO"] = unquote_to_bytes(request.path).decode("latin-1")
    environ["QUERY_STRING"] = request.query
    for name, value in asked["headers"]:
        key = name.upper().replace("-", "_")
        if key not in ("HOST", "CONNECTION", "CONTENT_LENGTH", "TRANSFER_ENCODING", "EXPECT"):
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    with one_at_a_time:
        try:
            chunks, status_line, headers = run_wsgi_app(moto, environ, buffered=True)
        except Exception as error:
            name = f"{request.service}.{request.operation.name}"
            raise Refused("InternalFailure", f"moto fails at {name}: {type(error).__name__}: {error}", 500) from error
    status, body = int(status_line.split()[0]), b"".join(chunks)
    output = request.read_answer(status, dict(headers), body)
    error = output.get("Error") if status >= 300 else None
    return {
        "status": status,
        "headers": [[k, v] for k, v in headers.items() if k.lower() not in ("content-length", "connection", "server")],
        "body": base64.b64encode(body).decode(),
        "output": output,
        "code": error.get("Code") if error else None,
        "message": error.get("Message") if error else None,
    }


def answer(asked: dict) -> dict:
    """Writes an answer of the front's own in the protocol of the request."""
    request = Request(asked["request"])
    error = asked.get("error")
    what = Refused(error["code"], error["message"], error.get("status")) if error else asked.get("output") or {}
    status, headers, body = request.write_answer(what)
    return {"status": status, "headers": list(headers.items()), "body": base64.b64encode(body).decode()}


def invoke(asked: dict) -> dict:
    """An operation on moto, by its members instead of its request."""
    model = get_service_model(asked["service"])
    request = create_serializer(protocol_of(model), False).serialize_to_request(
        asked["input"], model.operation_model(asked["operation"])
    )
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    query = request["query_string"]
    query = urlencode(query) if isinstance(query, dict) else query
    scope = f"{asked['accessKeyId']}/20260101/{asked['region']}/{model.signing_name}/aws4_request"
    headers = {**request["headers"], "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    return forward(
        {
            "method": request["method"],
            "url": request["url_path"] + (f"?{query}" if query else ""),
            "headers": [[name, value] for name, value in headers.items()],
            "body": base64.b64encode(body if isinstance(body, bytes) else body.encode()).decode(),
            "service": model.service_name,
        }
    )


def warm(asked: dict) -> dict:
    """Loads the models of services before they are waited for."""
    for service in asked["services"]:
        get_service_model(service)
    return {}


WORKS: dict[str, Callable[[dict], dict]] = {f"/{work.__name__}": work for work in (parse, forward, answer, invoke, warm)}


def application(environ: dict, start_response: Callable) -> list[bytes]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        status, result = "200 OK", WORKS[environ["PATH_INFO"]](json.loads(environ["wsgi.input"].read(length)))
    except Refused as refused:
        status = "400 Refused"
        result = {"code": refused.code, "message": refused.message, "status": refused.status or 400}
    body = json.dumps(result, default=str).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def body_shape(shape: Shape) -> Shape:
    """What the body of a request holds: all members, or one."""
    payload = shape.serialization.get("payload")
    return shape.members[payload] if payload else shape


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    os.environ["MOTO_PORT"] = "0"
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    WSGIRequestHandler.log_request = lambda *_: None
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=end_with_parent, daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()
