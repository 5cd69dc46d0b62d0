# The balance of a deposit, with a token that needs no consent page in a sandbox.
import json, time, urllib.request

D = "http://127.0.0.1:7070"

def call(url, token, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data, headers)))

issued = call("http://127.0.0.1:7070/admin/v1/tokens", "demo-admin-token",
              {"client": "drops", "type": "CODE", "bank": "062", "deposits": ["0302876214008"]})
token = issued["result"]["value"]
print(call(f"{D}/oak/v2/clients/drops/deposits/0302876214008/balance?trackId={time.time_ns()}", token))
