"""The document of a server is valid, and a client that is generated from it works.

Arguments: the server, the document, and a folder for the generated client.
"""

import base64
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

base, document, folder = sys.argv[1:]


def check(what, found, wanted):
    assert found == wanted, f"{what}: {found!r} instead of {wanted!r}"
    print("ok:", what)


described = json.loads(Path(document).read_text())
errors = [f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(described).iter_errors()]
check("the document is valid", errors, [])

config = Path(folder, "config.json")
bytes_of = {kind: "application/octet-stream" for kind in ("application/xml", "application/x-ndjson")}
config.write_text(json.dumps({"post_hooks": [], "content_type_overrides": bytes_of}))
client_folder = Path(folder, "daric_client")
generator = [sys.executable, "-m", "openapi_python_client", "generate", "--path", document, "--meta", "none"]
generator += ["--output-path", str(client_folder), "--config", str(config), "--fail-on-warning"]
made = subprocess.run(generator, capture_output=True, text=True)
assert made.returncode == 0, made.stdout + made.stderr
sys.path.insert(0, folder)
print("ok: a client is generated")

daric = import_module("daric_client")
models = import_module("daric_client.models")


def call(tag, operation, **arguments):
    """The reply to an operation, read by the client."""
    reply = import_module(f"daric_client.api.{tag}.{operation}").sync_detailed(**arguments)
    assert reply.status_code < 300 and reply.parsed is not None, (operation, reply)
    return reply.parsed


anonymous = daric.Client(base_url=base)
operator = daric.AuthenticatedClient(base_url=base, token="demo-admin-token")
drops = daric.AuthenticatedClient(base_url=base, token=base64.b64encode(b"drops:drops-secret").decode(), prefix="Basic")
shop = daric.AuthenticatedClient(base_url=base, token="demo-shop-token", prefix="", auth_header_name="_token_")

# The operators' API.
user = models.UserForm(nid="4444444444", password="generated-password")
call_user = import_module("daric_client.api.operators.register_user").sync_detailed(client=operator, body=user)
check("a user is registered", call_user.status_code, 201)
check("deposits are listed", "0302876214008" in [row.number for row in call("operators", "list_deposits", client=operator)], True)

# Finnotech.
body = models.FinnotechTokenRequest(grant_type="client_credentials", nid="0499370899")
token = call("finnotech", "issue_bank_token", client=drops, body=body).result.value
inquirer = daric.AuthenticatedClient(base_url=base, token=token)
owner = call("finnotech", "iban_inquiry", client=inquirer, client_path="drops", iban="IR490620000000302876732005")
check("an IBAN's owner", owner.result.deposit_owners[0].first_name, "Somayeh")
body = models.TokenForm(client="drops", type_=models.TokenKind("CODE"), bank="062", deposits=["0302876214008"])
token = call("operators", "issue_token", client=operator, body=body).result.value
payer = daric.AuthenticatedClient(base_url=base, token=token)
body = models.FinnotechTransferRequest(amount=50_000, description="generated", destination_number="0302876732005", payment_number="1")
order = call("finnotech", "transfer_to", client=payer, client_path="drops", track_id="generated-py", body=body)
check("a transfer", (order.status, order.result.amount, order.result.type_), ("DONE", 50_000, "internal"))
told = call("finnotech", "transfer_inquiry", client=payer, client_path="drops", inquiry_track_id="generated-py")
check("its inquiry", told.result.transfer_status, "DONE")
again = import_module("daric_client.api.finnotech.transfer_to").sync_detailed(
    client=payer, client_path="drops", track_id="generated-py", body=body
)
check("a repeated trackId is a failure that the client reads", type(again.parsed).__name__, "FinnotechFailure")

# POD.
ott = call("pod", "get_ott", client=shop).ott
form = models.PodIssueInvoiceForm(
    guild_code="API_GUILD", product_id=[0, 0], price=[50_000, 1_000], quantity=[1, 0.5], product_description=["book", "pen"], user_id=101
)
issued = call("pod", "issue_invoice", client=shop, field_ott=ott, body=form)
check("an invoice is issued", (issued.has_error, issued.result.total_amount, len(issued.result.invoice_item_srvs)), (False, 50_500, 2))
body = models.PodPayInvoiceForm(invoice_id=issued.result.id)
check("and noted as paid", call("pod", "pay_invoice", client=shop, body=body).result, True)

# PayStar.
sequence, card = "acd54b56ddd651a5cc3v", "5022000012340000"
asked = models.PaystarOtpRequest(amount=50_000, pan=card, order_id="generated-py", sequence=sequence)
check("a password is sent", call("paystar", "send_otp", client=anonymous, body=asked).status, 1)
sms = call("operators", "list_sms", client=operator, to="09123456789")[0].text
paid = models.PaystarPayRequest(
    ivr=1,
    pan=card,
    pin=sms.split("رمز پویا: ")[1][:5],
    amount=50_000,
    order_id="generated-py",
    merchant_cid="09123456789",
    sequence=sequence,
)
reply = call("paystar", "pay", client=anonymous, body=paid)
check("the order is paid", (reply.status, reply.data.ref_id.isdigit()), (1, True))
asked = models.PaystarInquiryRequest(sequence=sequence, order_id="generated-py")
check("and inquired", call("paystar", "inquire", client=anonymous, body=asked).data.amount, 50_000)
