# An invoice of the business "shop" to the user "ali", and the link to its payment page.
import json, urllib.parse, urllib.request

D = "http://127.0.0.1:7070"

def call(service, **fields):
    form = urllib.parse.urlencode({"scProductId": service, **fields}).encode()
    headers = {"_token_": "demo-shop-token", "_token_issuer_": "1"}
    return json.load(urllib.request.urlopen(urllib.request.Request(f"{D}/srv/sc/nzh/doServiceCall", form, headers)))

ott = call(29816)["ott"]
line = {"productId[]": 0, "price[]": 50000, "quantity[]": 1, "productDescription[]": "کتاب"}
invoice = call(29796, _ott_=ott, guildCode="API_GUILD", userId=101, **line)["result"]
print(f"{D}/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={invoice['uniqueNumber']}")
