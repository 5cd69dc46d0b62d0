"""Requests that Schemathesis makes from the document of a server get replies that the document describes.

Arguments: the server, and the headers of each tag's requests, as JSON.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

base, headers = sys.argv[1], json.loads(sys.argv[2])
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# What these do to the world would disturb the other requests.
LEFT_OUT = ["/admin/v1/reset", "/admin/v1/clock"]

for tag, of_tag in headers.items():
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    command += ["--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run", f"{base}/openapi.json"]
    command += ["--checks", CHECKS, "--phases", "examples,coverage", "--max-examples", "1", "--seed", "7", "--no-color"]
    command += ["--continue-on-failure", "--include-tag", tag]
    command += [part for path in LEFT_OUT for part in ("--exclude-path", path)]
    command += [part for name, value in of_tag.items() for part in ("--header", f"{name}: {value}")]
    # It keeps what it has found in the current directory.
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
    assert done.returncode == 0, f"{tag}:\n{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    print("ok:", tag)
