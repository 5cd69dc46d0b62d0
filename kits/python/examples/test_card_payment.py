"""An invoice of a shop is paid by card on the hosted page, with the one-time password of the SMS."""

import pytest
import requests

SHOP = {"_token_": "demo-shop-token"}
CARD = {"pan": "5022000012340000", "cvv2": "123", "exp_year": "1408", "exp_month": "12"}
BOOK = {"productId[]": 0, "price[]": 50_000, "quantity[]": 1, "productDescription[]": "book"}


@pytest.fixture
def invoice(daric):
    ott = requests.get(f"{daric.url}/nzh/ott", headers=SHOP).json()["ott"]
    form = {"_ott_": ott, "guildCode": "API_GUILD", **BOOK}
    return requests.post(f"{daric.url}/nzh/biz/issueInvoice", headers=SHOP, data=form).json()["result"]


def is_paid(daric, invoice):
    form = {"id": invoice["id"]}
    found = requests.post(f"{daric.url}/nzh/biz/getInvoiceList", headers=SHOP, data=form).json()["result"]
    return found[0]["payed"]


@pytest.mark.parametrize("right", [True, False])
def test_an_invoice_is_paid_only_with_the_password_of_the_sms(daric, invoice, right):
    payer = requests.Session()
    # The link leads to the card page; its forms need no token from programs.
    link = {"uniqueNumber": invoice["uniqueNumber"], "gateway": "PEP"}
    page = payer.get(f"{daric.url}/v1/pbc/payInvoiceByUniqueNumber", params=link).url
    payer.post(f"{page}/otp", data=CARD)
    otp = daric.sms.wait(to="09123456789").otp
    typed = otp if right else f"{(int(otp) + 1) % 100_000:05}"
    answer = payer.post(f"{page}/pay", data={**CARD, "otp": typed})
    assert answer.url.endswith("/result") == right
    assert is_paid(daric, invoice) == right
