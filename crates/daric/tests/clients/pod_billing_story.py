"""The public client pod-billing, unchanged, against a server that it knows from its ini file only."""

import sys

import requests
from pod_base import APIException

from pod_clients import of

BASE = sys.argv[1]
OPERATOR = {"Authorization": "Bearer demo-admin-token"}


def operate(method, path, **body):
    reply = requests.request(method, BASE + path, headers=OPERATOR, json=body or None)
    reply.raise_for_status()
    return reply.json()


def check(what, found, wanted):
    assert found == wanted, f"{what}: {found!r} instead of {wanted!r}"
    print(f"ok: {what}")


def refused(what, code, call, *arguments, **named):
    try:
        found = call(*arguments, **named)
    except APIException as error:
        check(what, error.error_code, code)
    else:
        raise AssertionError(f"{what}: {found!r}")


def client(name, mode="sandbox"):
    return of(BASE, name, mode)


shop, supplier, ali = client("shop"), client("supplier", "production"), client("ali")


def product(price, quantity, description="کتاب", **more):
    return {"productId": 0, "price": price, "quantity": quantity, "productDescription": description, **more}


two = [product(4500, 0.1), product(8000, 5)]
first = shop.issue_invoice(two, "API_GUILD", userId=101, billNumber="S-1", metadata={"k": 1}, description="دو سطر")
check("issue with a fractional quantity", (first["totalAmount"], first["vat"], first["payableAmount"]), (40450, 3641, 44091))
check("quantities as they were sent", [row["quantity"] for row in first["invoiceItemSrvs"]], [0.1, 5])
check("metadata is a text", first["metadata"], '{"k": 1}')
refused("the same bill number", 19, shop.issue_invoice, two, "API_GUILD", billNumber="S-1")
refused("a price without a catalogue", 193, shop.issue_invoice, [product("auto", 1)], "API_GUILD")

check("list by bill number", [row["id"] for row in shop.get_invoice_list(bill_number="S-1")], [first["id"]])
check("count of the list", shop.total_items(), 1)
check("list by word and state", [row["id"] for row in shop.get_invoice_list(query="دو", isPayed=False)], [first["id"]])
check("pages", len(shop.get_invoice_list(page=2, size=1)), 0)

check("pay by wallet", ali.pay_invoice_by_credit(first["id"]), True)
refused("pay again", 24, ali.pay_any_invoice_by_credit, first["id"], "PODLAND_WALLET")
paid = shop.get_invoice(first["id"])
check("paid", (paid["payed"], paid["serial"], paid["payer"]["name"], paid["wallet"]), (True, 1, "ali", "PODLAND_WALLET"))

items = [
    {"invoiceItemId": row["id"], "price": row["amount"], "quantity": quantity, "itemDescription": row["description"]}
    for row, quantity in zip(paid["invoiceItemSrvs"], (0.1, 3))
]
smaller = shop.reduce_invoice(first["id"], items, 0.09)
check("reduce", (smaller["editedInvoiceId"], smaller["payableAmount"], smaller["billNumber"]), (first["id"], 26651, "S-1"))
check("the old one", (shop.get_invoice(first["id"])["canceled"], shop.get_invoice(first["id"])["edited"]), (True, True))
check("close", shop.close_invoice(smaller["id"]), True)
refused("cancel what is closed", 45, shop.cancel_invoice, smaller["id"])

waits = shop.issue_invoice([product(50000, 1)], "API_GUILD", userId=101, verificationNeeded=True, billNumber="S-2")
link = shop.get_invoice_payment_link(waits["id"], redirect_url="http://127.0.0.1:9/back", gateway="LOC")
back = requests.get(link, allow_redirects=False).headers["Location"]
check("the way back", back.startswith("http://127.0.0.1:9/back?billNumber=S-2&") and "&paid=false&" in back, True)
check("waiting", [row["id"] for row in shop.get_invoice_list(isWaiting=True)], [waits["id"]])
verified = shop.verify_invoice_by_bill_number("S-2")
check("verify", (verified["payed"], verified["waiting"]), (True, False))
refused("verify again", 59, shop.verify_invoice, waits["id"])
check("verify and close", shop.verify_and_close_invoice(waits["id"])["closed"], True)

later = shop.issue_invoice([product(50000, 1)], "API_GUILD", userId=202)
check("pay in future", supplier.pay_invoice_in_future(later["id"], "1405/12/10", wallet="PODLAND_WALLET"), True)
refused("twice", 999, supplier.pay_invoice_in_future, later["id"], "1405/12/10", wallet="PODLAND_WALLET")
refused("paid by another", 4, ali.pay_any_invoice_by_credit, later["id"], "PODLAND_WALLET")

owed = supplier.issue_invoice([product(20000, 1)], "API_GUILD", userId=201)
source = shop.issue_invoice([product(50000, 1)], "API_GUILD", userId=101)
refused("set off an unpaid source", 55, shop.pay_invoice_by_invoice, owed["id"], source["id"])
ali.pay_any_invoice_by_credit(source["id"], "PODLAND_WALLET")
check("set off", shop.pay_invoice_by_invoice(owed["id"], source["id"]), True)
operate("POST", "/admin/v1/clock", set="2026-11-22T03:46:00+03:30")
check("set off is settled", supplier.get_invoice(owed["id"])["payed"], True)

coded = shop.issue_invoice([product(50000, 1)], "API_GUILD", userId=101)
check("send the SMS", shop.send_invoice_payment_sms(coded["id"]), True)
text = operate("GET", "/admin/v1/sms?to=09121234567")[0]["text"]
code = text.split("کد ")[1].split(" ")[0]
reply = requests.post(BASE + "/sms/inbound", data={"from": "09121234567", "text": code}).json()
check("the code comes back", reply, {"accepted": True, "paid": True})
check("paid by SMS", shop.get_invoice(coded["id"])["payed"], True)

outside = shop.issue_invoice([product(50000, 1)], "API_GUILD", userId=101)
check("pay outside", shop.pay_invoice(outside["id"]), True)
check("cancel", shop.cancel_invoice(outside["id"]), True)
operate("POST", "/admin/v1/clock", set="2027-03-01T00:00:00+03:30")
check("the day of the future payment", shop.get_invoice(later["id"])["payed"], True)
