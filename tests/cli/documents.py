"""The JSON Schemas in schemas/, as checks: a document that breaks its schema fails the test that got it."""
import json
import pathlib

import jsonschema
import yaml

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "schemas"
CLI = json.loads((SCHEMAS / "cli_output.schema.json").read_text())
OPENAPI = yaml.safe_load((SCHEMAS / "admin.openapi.yaml").read_text())
_STORE = {"cli_output.schema.json": CLI, "admin.openapi.yaml": OPENAPI}


def _check(document, schema, base):
    resolver = jsonschema.RefResolver(base, _STORE[base], store=_STORE)
    jsonschema.Draft202012Validator(schema, resolver=resolver).validate(document)


def check_cli(name, document):
    """`document` is what $defs/<name> of cli_output.schema.json describes."""
    _check(document, {"$ref": f"cli_output.schema.json#/$defs/{name}"}, "cli_output.schema.json")


def check_admin(method, path, status, document):
    """`document` is what admin.openapi.yaml promises for this route and status."""
    response = OPENAPI["paths"][path][method.lower()]["responses"][str(status)]
    if "$ref" in response:
        response = OPENAPI["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    _check(document, response["content"]["application/json"]["schema"], "admin.openapi.yaml")


def check_file(name, document):
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / name).read_text())).validate(document)
