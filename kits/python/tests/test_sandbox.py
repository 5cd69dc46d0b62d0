"""What the fixture offers, against a server."""

import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
from daric_pytest import Daric, NotInTime, Refused

ELEVEN = "2026-11-21T11:00:00+03:30"
DEPOSIT = "/oak/v2/clients/drops/deposits/0302876214008/balance"
SHOP = {"_token_": "demo-shop-token"}
RENT = {
    "amount": 50_000,
    "description": "rent",
    "destinationNumber": "IR490620000000302876732005",
    "paymentNumber": "123456",
}


def call(url, body=None, headers=None):
    """The status and the JSON of a call."""
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def transfer(daric, track_id, headers=None):
    url = f"{daric.url}/oak/v2/clients/drops/transferTo?trackId={track_id}"
    token = {"Authorization": f"Bearer {daric.token()}", "Content-Type": "application/json"}
    return call(url, json.dumps(RENT).encode(), {**token, **(headers or {})})


def pod(daric, path, form=()):
    return call(f"{daric.url}{path}", urllib.parse.urlencode(form).encode(), SHOP)[1]


def test_the_server_answers_at_its_address(daric):
    assert call(f"{daric.url}/readyz")[0] == 200


@pytest.mark.parametrize("dialect", ["finnotech", "paystar", "pod"])
def test_every_dialect_has_a_base(daric, dialect):
    assert daric.base(dialect).startswith(daric.url)


def test_a_token_of_a_bank_user_reads_a_balance(daric):
    status, reply = call(f"{daric.url}{DEPOSIT}?trackId=b-1", headers={"Authorization": f"Bearer {daric.token()}"})
    assert (status, reply["result"]["currentBalance"]) == (200, 1_000_000_000_000)


def test_a_token_of_the_client_has_no_deposits(daric):
    token = daric.token(type="CLIENT-CREDENTIAL")
    assert call(f"{daric.url}{DEPOSIT}?trackId=b-1", headers={"Authorization": f"Bearer {token}"})[0] != 200


def test_the_clock_is_set_moved_and_released(daric):
    at = datetime.fromisoformat(ELEVEN)
    assert daric.clock.set(at).at == at
    assert daric.clock.advance("PT1H").jalali == "1405-08-30 12:00:00"
    assert daric.clock.advance(timedelta(minutes=90)).at == at + timedelta(minutes=150)
    assert daric.clock.run().mode == "system"
    frozen = daric.clock.freeze()
    assert frozen.mode == "frozen" and abs(frozen.at - datetime.now(timezone.utc)) < timedelta(days=1)
    assert daric.clock.now().now == frozen.now


def test_the_clock_runs_until_nothing_is_due(daric):
    daric.clock.set(ELEVEN)
    assert transfer(daric, "daric-unknown-done-1")[0] in (200, 408, 504)
    assert daric.clock.due()
    assert daric.clock.run("idle").ran > 0


def test_a_reset_forgets_orders_faults_and_requests(daric):
    daric.clock.set(ELEVEN)
    daric.faults.arm("error:server is busy", operation="balance")
    assert transfer(daric, "t-1")[0] == 200
    daric.reset()
    assert daric.admin("GET", "/admin/v1/orders?client=drops") == []
    assert daric.faults.list() == []
    assert daric.requests.list(track_id="t-1") == []
    assert daric.clock.now().mode == "system"


def test_a_fault_strikes_once_and_the_request_says_so(daric):
    daric.clock.set(ELEVEN)
    armed = daric.faults.arm("error:server is busy", operation="transferTo", track_id="t-")
    assert [transfer(daric, f"t-{number}")[0] for number in (1, 2)] == [503, 200]
    struck = daric.requests.wait(track_id="t-1").struck
    assert struck and (struck.kind, struck.rule) == ("fault", armed["id"])
    assert daric.requests.wait(track_id="t-2").struck is None


def test_a_summary_has_what_struck_a_request_and_its_reply(daric):
    daric.clock.set(ELEVEN)
    daric.faults.arm("error:server is busy", operation="transferTo")
    transfer(daric, "t-1")
    *_, sent, body, reply = daric.requests.summary().splitlines()
    assert sent.endswith(" POST /oak/v2/clients/drops/transferTo?trackId=t-1 503 (fault error:server is busy)")
    assert body == f"  > {json.dumps(RENT)}" and reply.startswith("  < {") and "server is busy" in reply


def test_a_summary_has_one_short_line_for_each_text(daric):
    url = f"{daric.url}/oak/v2/clients/drops/transferTo?trackId=t-1"
    text = '{\r\n  "description": "\x1b[31m' + "r" * 600
    call(url, text.encode(), {"Authorization": f"Bearer {daric.token()}", "Content-Type": "application/json"})
    body = daric.requests.summary().splitlines()[-2]
    shown = '{ "description": " [31m' + "r" * 600
    assert body == f"  > {shown[:500]}…"


def test_a_summary_has_the_last_requests_of_its_test_alone(daric):
    assert daric.requests.summary() == ""
    for number in range(21):
        call(f"{daric.url}/no-{number}")
    daric.requests.forget()
    left_out, *lines = daric.requests.summary().splitlines()
    assert left_out == "(earlier requests are left out)"
    asked = [line.split()[1:] for line in lines if not line.startswith("  ")]
    assert asked == [["GET", f"/no-{number}", "404"] for number in range(1, 21)]


def test_a_log_begins_with_its_test_in_each_form():
    for arguments in ((), ("--log", "json")):
        server = Daric.start(*arguments)
        try:
            for _ in range(3):
                server.admin("GET", "/admin/v1/values")
                server.reset()
                server.clock.now()
                assert "/admin/v1/clock" in server.log()
                assert "/admin/v1/values" not in server.log() and "/admin/v1/reset" not in server.log()
        finally:
            server.stop()


def test_a_fault_is_disarmed(daric):
    armed = [daric.faults.arm("nested_error")["id"] for _ in range(3)]
    daric.faults.clear(armed[0])
    assert [fault["id"] for fault in daric.faults.list()] == armed[1:]
    daric.faults.clear()
    assert daric.faults.list() == []


def test_a_header_asks_for_a_fault_of_its_own_call(daric):
    daric.clock.set(ELEVEN)
    assert transfer(daric, "t-1", daric.header_fault("error:server is busy"))[0] == 503
    assert transfer(daric, "t-1")[0] == 200


@pytest.mark.parametrize(
    ("fault", "fields", "header"),
    [
        ("drop_after", {}, "drop_after"),
        ("rail_timeout", {"then": "done", "after": "PT1H"}, "rail_timeout; then=done; after=PT1H"),
        ("delay", {"after": "PT0.1S..PT2S", "seed": 7}, "delay; after=PT0.1S..PT2S; seed=7"),
    ],
)
def test_the_header_of_a_fault_has_its_fields(fault, fields, header):
    assert Daric.header_fault(fault, **fields) == {"Daric-Fault": header}


@pytest.mark.parametrize("fault", ["a;b", "a\nb"])
def test_a_header_that_would_be_read_as_another_one_is_refused(fault):
    with pytest.raises(ValueError):
        Daric.header_fault(fault)


def test_a_scenario_is_armed(daric):
    daric.scenario(daric.scenarios()[0]["scenario"])
    assert daric.faults.list()


def test_an_sms_is_returned_once(daric):
    for text in ("first", "second"):
        daric.admin("POST", "/admin/v1/sms", {"to": "09120000001", "text": text})
    seen = daric.sms.wait(to="09120000001")
    assert seen.text == "second"
    daric.admin("POST", "/admin/v1/sms", {"to": "09120000001", "text": "third"})
    assert daric.sms.wait(to="09120000001").text == "third"
    assert daric.sms.wait(to="09120000001", since=seen.id).text == "third"
    assert [sms.text for sms in daric.sms.list(to="09120000001")] == ["third", "second", "first"]


def test_what_does_not_happen_is_not_waited_for_longer_than_its_time(daric):
    with pytest.raises(NotInTime, match="09120000002"):
        daric.sms.wait(to="09120000002", timeout=1)
    with pytest.raises(NotInTime, match="nothing"):
        daric.requests.wait(track_id="nothing", timeout=1)
    with pytest.raises(NotInTime, match="dead"):
        daric.webhooks.wait(state="dead", timeout=1)


def test_an_sms_without_a_code_has_no_otp(daric):
    daric.admin("POST", "/admin/v1/sms", {"to": "09120000001", "text": "hello"})
    with pytest.raises(Exception, match="carries no code"):
        daric.sms.wait(to="09120000001").otp


def test_a_snapshot_is_loaded(daric):
    daric.clock.set(ELEVEN)
    transfer(daric, "t-1")
    daric.snapshot.save("paid")
    transfer(daric, "t-2")
    daric.snapshot.load("paid")
    assert [order["trackId"] for order in daric.admin("GET", "/admin/v1/orders?client=drops")] == ["t-1"]
    assert daric.snapshot.list()
    daric.snapshot.drop("paid")
    assert daric.snapshot.list() == []


class Shop(http.server.BaseHTTPRequestHandler):
    """Takes every call."""

    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_webhook_is_waited_for_and_sent_again(daric):
    with http.server.HTTPServer(("127.0.0.1", 0), Shop) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        book = {"productId[]": 0, "price[]": 50_000, "quantity[]": 1, "productDescription[]": "book"}
        ott = pod(daric, "/nzh/ott")["ott"]
        form = {"_ott_": ott, "guildCode": "API_GUILD", "userId": 101, **book}
        invoice = pod(daric, "/nzh/biz/issueInvoice", form)["result"]
        back = f"http://127.0.0.1:{shop.server_port}"
        query = {"uniqueNumber": invoice["uniqueNumber"], "gateway": "LOC", "callUri": back + "/paid"}
        link = urllib.parse.urlencode({**query, "redirectUri": f"{daric.url}/readyz"})
        assert call(f"{daric.url}/v1/pbc/payInvoiceByUniqueNumber?{link}")[0] == 200
        sent = daric.webhooks.wait(business=201, state="sent")
        assert sent.address.startswith(back) and sent.tries == 1
        assert [attempt.status for attempt in daric.webhooks.get(sent.id).attempts] == [204]
        daric.webhooks.resend(sent.id)
        shop.shutdown()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [({"set": "today"}, 400, "set"), ({"advance": "-PT1H"}, 409, "advance"), ({}, 400, "body")],
)
def test_a_refusal_names_the_field(daric, body, status, field):
    daric.clock.set(ELEVEN)
    with pytest.raises(Refused) as refused:
        daric.admin("POST", "/admin/v1/clock", body)
    assert (refused.value.status, refused.value.field) == (status, field)
