"""Libraries of OAuth clients against the log-in service: code with PKCE, refresh, user-info, revocation; without a secret, and with one by Basic and by form.

Arguments: the server, the client that has a secret, and the secret. The client without one is `shop`.
"""

import os
import sys
from urllib.parse import urlencode

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session as Authlib
from oauthlib.oauth2 import OAuth2Error
from pod_clients import ini
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session as RequestsOauthlib
from sso import PodSSO, SSOException

from oauth_user import User

base, confidential, secret = sys.argv[1:]
BACK = "http://127.0.0.1:9/cb"
AUTHORIZE, TOKEN, REVOKE, INFO = (base + "/oauth2/" + end for end in ("authorize", "token", "token/revoke", "token/info"))
SCOPE = "profile wallet:read"
ali = User(base, "ali")


def ok(what):
    print("ok:", what)


def profile(session, token):
    """The reply of the user-info service for a token: the user's number, or an error."""
    reply = session.get(base + "/nzh/getUserProfile", headers={"_token_": token}).json()
    return reply["errorCode"] or reply["result"]["userId"]


def authlib(client, key, method):
    session = Authlib(
        client, key, token_endpoint_auth_method=method, redirect_uri=BACK, scope=SCOPE, code_challenge_method="S256"
    )
    verifier = generate_token(48)
    address, state = session.create_authorization_url(AUTHORIZE, code_verifier=verifier)
    back = ali.follow(address)
    token = session.fetch_token(TOKEN, authorization_response=back, state=state, code_verifier=verifier)
    assert token["scope"] == SCOPE and token["token_type"] == "Bearer" and token["expires_in"] == 900, token
    assert profile(session, token["access_token"]) == 101
    assert session.introspect_token(INFO, token=token["access_token"]).json()["active"] is True
    renewed = session.refresh_token(TOKEN, refresh_token=token["refresh_token"])
    assert renewed["refresh_token"] != token["refresh_token"] and profile(session, renewed["access_token"]) == 101
    assert session.revoke_token(REVOKE, token=renewed["refresh_token"], token_type_hint="refresh_token").status_code == 200
    assert profile(session, renewed["access_token"]) == 21
    assert session.introspect_token(INFO, token=renewed["access_token"]).json() == {"active": False}
    ok(f"authlib {method}")


def requests_oauthlib(client, how):
    session = RequestsOauthlib(client, redirect_uri=BACK, scope=SCOPE.split(), pkce="S256")
    address, _ = session.authorization_url(AUTHORIZE)
    auth = {
        "none": {"include_client_id": True},
        "basic": {"auth": HTTPBasicAuth(client, secret)},
        "post": {"include_client_id": True, "client_secret": secret},
    }[how]
    token = session.fetch_token(TOKEN, authorization_response=ali.follow(address), **auth)
    assert profile(session, token["access_token"]) == 101
    basic = auth.get("auth")
    form = {} if basic else {"client_id": client}
    if how == "post":
        form["client_secret"] = secret
    renewed = session.refresh_token(TOKEN, auth=basic or (lambda request: request), **form)
    assert renewed["scope"] == SCOPE.split() and profile(session, renewed["access_token"]) == 101, renewed
    address, headers, body = session._client.prepare_token_revocation_request(REVOKE, renewed["access_token"])
    body = "&".join(filter(None, [body, urlencode(form)]))
    reply = session.post(address, data=body, headers=headers, auth=basic, withhold_token=True)
    assert reply.status_code == 200 and profile(session, renewed["access_token"]) == 21, reply.text
    try:
        session.fetch_token(TOKEN, code="used", **auth)
    except OAuth2Error as error:
        assert error.error == "invalid_grant", error
    else:
        raise AssertionError("a code that is none")
    ok(f"requests-oauthlib {how}")


def pod_sso(client, key):
    session = PodSSO(client, key, BACK, "unused", config_path=ini(base))
    address = session.get_login_url(scope=["profile", "email"], state="s", prompt=PodSSO.PROMPT_SIGNUP)
    code = ali.follow(address).split("code=")[1].split("&")[0]
    token = session.get_access_token(code)
    info = session.get_token_info(token["access_token"])
    assert info["active"] and info["client_id"] == client and info["sub"] == "101", info
    renewed = session.refresh_access_token(token["refresh_token"])
    assert session.revoke_token(renewed["refresh_token"], PodSSO.TOKEN_HINT_REFRESH_TOKEN)
    assert session.get_token_info(renewed["access_token"]) == {"active": False}
    ok("pod-sso")


authlib("shop", None, "none")
authlib(confidential, secret, "client_secret_basic")
authlib(confidential, secret, "client_secret_post")
for way in ("basic", "post"):
    requests_oauthlib(confidential, way)
requests_oauthlib("shop", "none")
pod_sso(confidential, secret)
