"""A shop that sells by pod-billing, a step a run: `issue <back> <call>` prints the invoice and its link, `deliver <id>` verifies and closes."""

import json
import sys

from pod_clients import of

base, step, *arguments = sys.argv[1:]
shop = of(base, "shop")
if step == "issue":
    back, call = arguments
    line = {"productId": 0, "price": 120000, "quantity": 2, "productDescription": "کتاب ریاضی"}
    invoice = shop.issue_invoice([line], "API_GUILD", billNumber="STORY-1", verificationNeeded=True)
    link = shop.get_invoice_payment_link(invoice["id"], redirect_url=back, call_url=call, gateway="PEP")
    print(json.dumps({"id": invoice["id"], "payable": invoice["payableAmount"], "link": link}))
elif step == "deliver":
    before = shop.get_invoice(int(arguments[0]))
    after = shop.verify_and_close_invoice(int(arguments[0]))
    print(json.dumps({"before": before, "after": after}))
