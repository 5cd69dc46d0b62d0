"""Where the document has alternatives for a part of a reply, every alternative occurs, and nothing else is accepted.

Arguments: the document, and a file of replies: method, path, status, body.
"""

import copy
import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

document, replies = (json.loads(Path(path).read_text()) for path in sys.argv[1:])
schemas = document["components"]["schemas"]
# Where an alternative is written, and how often each was met.
met = {}


def resolved(schema, place):
    while "$ref" in schema:
        place = schema["$ref"].rsplit("/", 1)[1]
        schema = schemas[place]
    return schema, place


def written(schema, place):
    """All alternatives in a component."""
    if isinstance(schema, list):
        for at, one in enumerate(schema):
            written(one, f"{place}/{at}")
    elif isinstance(schema, dict):
        if "anyOf" in schema:
            met[place] = [0] * len(schema["anyOf"])
        for name, one in schema.items():
            written(one, f"{place}/{name}")


def validator(schema):
    return Draft202012Validator({**schema, "components": document["components"]})


def walk(schema, part, place, whole, put):
    """Counts which alternatives the parts of a reply are. `put` makes the reply with another part in this one's place."""
    schema, place = resolved(schema, place)
    if "anyOf" in schema:
        fits = [at for at, one in enumerate(schema["anyOf"]) if validator(one).is_valid(part)]
        assert fits, f"{place}: {part} is none of them"
        for at in fits:
            met[place][at] += 1
            walk(schema["anyOf"][at], part, f"{place}/anyOf/{at}", whole, put)
        neither = put({"neither": 1})
        assert not validator(whole).is_valid(neither), f"{place}: {neither} is taken"
    for name, one in schema.get("properties", {}).items():
        if isinstance(part, dict) and name in part:

            def inside(other, name=name):
                return put({**part, name: other})

            walk(one, part[name], f"{place}/properties/{name}", whole, inside)


for name, schema in schemas.items():
    written(schema, name)
for method, path, status, body in replies:
    responses = document["paths"][path][method.lower()]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    validator(schema).validate(body)
    walk(schema, copy.deepcopy(body), "", schema, lambda other: other)
missing = {place: counts for place, counts in met.items() if 0 in counts}
assert met and not missing, missing
print("ok:", len(met), "places have alternatives, and each of these comes")
