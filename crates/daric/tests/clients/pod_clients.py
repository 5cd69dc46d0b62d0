"""Clients of POD's own packages, which know the server from an ini file only."""

import configparser
import os
import tempfile

from pod_billing import PodBilling


def ini(base):
    """The path of a file that names the server."""
    parser = configparser.ConfigParser()
    for section, path in (("SANDBOX", "/srv/basic-platform"), ("PRODUCTION", "/srv/core")):
        parser[section] = {
            "base_url": base + path,
            "sso_server": base,
            "private_call_address": base,
            "file_server_address": base,
        }
    place = os.path.join(tempfile.mkdtemp(), "config.ini")
    with open(place, "w") as file:
        parser.write(file)
    return place


def of(base, name, mode="sandbox"):
    """The client of a party of the demo world."""
    return PodBilling(api_token=f"demo-{name}-token", server_type=mode, config_path=ini(base))
