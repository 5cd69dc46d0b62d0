# A payment by telephone: the password of the SMS, then the payment.
import json, re, time, urllib.request

D, ORDER = "http://127.0.0.1:7070", str(time.time_ns())

def call(url, body=None, headers={"Content-Type": "application/json"}):
    data = json.dumps(body).encode() if body else None
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data, headers)))

payment = {"amount": 50000, "pan": "6037991000000020", "order_id": ORDER, "sequence": "acd54b56ddd651a5cc3v"}
print(call(f"{D}/api/ivr/bpm/otp-v2", payment))
newest = call("http://127.0.0.1:7070/admin/v1/sms?to=09126000001&limit=1", None, {"Authorization": "Bearer demo-admin-token"})[0]
pin = re.search(r": (\d+)", newest["text"])[1]
print(call(f"{D}/api/ivr/bpm/pay", {**payment, "ivr": 1, "pin": pin, "merchant_cid": "+989126000001"}))
