# The balance of a deposit, with a token that needs no consent page in a sandbox.
D=http://127.0.0.1:7070
T=$(curl -s http://127.0.0.1:7070/admin/v1/tokens -H 'Authorization: Bearer demo-admin-token' \
  -d '{"client":"drops","type":"CODE","bank":"062","deposits":["0302876214008"]}' | sed 's/.*"value":"\([^"]*\)".*/\1/')
curl -s "$D/oak/v2/clients/drops/deposits/0302876214008/balance?trackId=$(date +%s%N)" -H "Authorization: Bearer $T"
