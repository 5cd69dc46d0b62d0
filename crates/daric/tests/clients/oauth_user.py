"""A user of the demo world with a browser: logs in, allows what is asked, and is led back to the client's address."""

import html
import re

import requests


class User:
    def __init__(self, base, name):
        self.base = base
        self.session = requests.Session()
        form = {"username": name, "password": name, "next": "/"}
        reply = self.session.post(base + "/oauth2/login", data=form, allow_redirects=False)
        assert reply.status_code == 302, reply.text

    def follow(self, address):
        """The address that a request for a code leads to."""
        reply = self.session.get(address, allow_redirects=False)
        if reply.status_code == 200:
            csrf = html.unescape(re.search(r'name="csrf" value="([^"]*)"', reply.text).group(1))
            form = {"csrf": csrf, "decision": "allow"}
            reply = self.session.post(address, data=form, allow_redirects=False)
        assert reply.status_code == 302, reply.text
        return reply.headers["location"]
