# A payment by telephone: the password of the SMS, then the payment.
D=http://127.0.0.1:7070; ORDER=$(date +%s%N)
curl -s $D/api/ivr/bpm/otp-v2 -H 'Content-Type: application/json' \
  -d '{"amount":50000,"pan":"6037991000000020","order_id":"'$ORDER'","sequence":"acd54b56ddd651a5cc3v"}'
PIN=$(curl -s 'http://127.0.0.1:7070/admin/v1/sms?to=09126000001&limit=1' -H 'Authorization: Bearer demo-admin-token' \
  | sed 's/.*رمز پویا: \([0-9]*\).*/\1/')
curl -s $D/api/ivr/bpm/pay -H 'Content-Type: application/json' \
  -d '{"ivr":1,"amount":50000,"pan":"6037991000000020","pin":"'$PIN'","order_id":"'$ORDER'","merchant_cid":"+989126000001","sequence":"acd54b56ddd651a5cc3v"}'
