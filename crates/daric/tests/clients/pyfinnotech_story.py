"""The public client pyfinnotech, unchanged, against a server that it knows from its base URL only."""

import sys

import requests
from pyfinnotech import FinnotechApiClient
from pyfinnotech.exceptions import FinnotechHttpException
from pyfinnotech.token import ClientCredentialToken, FacilitySmsAccessTokenToken

BASE = sys.argv[1]
OPERATOR = {"Authorization": "Bearer demo-admin-token"}
SCOPES = ["oak:iban-inquiry:get", "boomrang:wages:get"]
SOMAYEH = "IR490620000000302876732005"


def operate(method, path, **body):
    reply = requests.request(method, BASE + path, headers=OPERATOR, json=body or None)
    reply.raise_for_status()
    return reply.json()


def check(what, found, wanted):
    assert found == wanted, f"{what}: {found!r} instead of {wanted!r}"
    print(f"ok: {what}")


client = FinnotechApiClient("drops", "drops-secret", scopes=SCOPES, base_url=BASE)
found = client.iban_inquiry(SOMAYEH)
check("ibanInquiry with a token of its own", (found.is_valid, found.owner_first_name), (True, "Somayeh"))

first = client.client_credential.token
loaded = FinnotechApiClient("drops", "drops-secret", base_url=BASE, client_credential_token=first)
check("a token that was kept", loaded.iban_inquiry(SOMAYEH).owner_last_name, "Khalili")
check("claims", set(ClientCredentialToken.load(first).scopes), set(SCOPES))

operate("POST", "/admin/v1/clock", advance="P10D")
# On 403 this client gets a new token, and repeats the call with the old one's header: the call itself is lost, the next is not.
try:
    client.iban_inquiry(SOMAYEH)
    raise AssertionError("the token has ended")
except FinnotechHttpException:
    assert client.client_credential.token != first, "the client has refreshed by itself"
check("ibanInquiry after the token's end", client.iban_inquiry(SOMAYEH).is_valid, True)

mobile, nid, back = "09300000000", "1111111111", "http://127.0.0.1/return"
sent = FacilitySmsAccessTokenToken.request_sms(client, mobile, ["oak:balance:get"], back)
check("the SMS is sent", sent.sms_sent, True)
otp = operate("GET", "/admin/v1/sms?to=" + mobile)[0]["text"].split('"')[5]
verified = FacilitySmsAccessTokenToken.verify_sms(client, mobile, nid, sent.track_id, otp)
token = FacilitySmsAccessTokenToken.request_token(client, verified.code, back)
check("a token by SMS", (token.user_national_id, token.type, token.scopes), (nid, "CODE", ["oak:balance:get"]))
old = token.token
token.refresh(client)
assert token.token != old
check("its refresh", token.user_national_id, nid)
