"""Replies have the schemas that the document gives them, and no member that it does not name.

Arguments: the document, and a file of replies: method, path, status, body.
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

document, replies = (json.loads(Path(path).read_text()) for path in sys.argv[1:])


def closed(schema):
    """The same schema with no members beside those that it names."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: closed(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema


components, validators, faults = closed(document["components"]), {}, set()
for method, path, status, body in replies:
    key = (method, path, status)
    if key not in validators:
        content = document["paths"][path][method.lower()]["responses"][str(status)].get("content", {})
        schema = closed(content.get("application/json", {}).get("schema", {}))
        validators[key] = Draft202012Validator({**schema, "components": components})
    for error in validators[key].iter_errors(body):
        faults.add(f"{method} {path} {status} at {list(error.absolute_path)}: {error.message[:300]}")
assert not faults, "\n".join(sorted(faults))
print("ok:", len(replies), "replies have their schemas")
