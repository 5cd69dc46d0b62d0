"""Clients of pod-billing that know the server from an ini file only."""

import configparser
import os
import tempfile

from pod_billing import PodBilling


def of(base, name, mode="sandbox"):
    """The client of a party of the demo world."""
    ini = configparser.ConfigParser()
    for section, path in (("SANDBOX", "/srv/basic-platform"), ("PRODUCTION", "/srv/core")):
        ini[section] = {
            "base_url": base + path,
            "sso_server": base,
            "private_call_address": base,
            "file_server_address": base,
        }
    place = os.path.join(tempfile.mkdtemp(), "config.ini")
    with open(place, "w") as file:
        ini.write(file)
    return PodBilling(api_token=f"demo-{name}-token", server_type=mode, config_path=place)
