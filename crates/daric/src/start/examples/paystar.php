<?php
// A payment by telephone: the password of the SMS, then the payment.
$D = 'http://127.0.0.1:7070';

function call($url, $body = null, $headers = ['Content-Type: application/json']) {
    $options = ['method' => $body ? 'POST' : 'GET', 'header' => $headers, 'content' => $body ? json_encode($body) : ''];
    return json_decode(file_get_contents($url, false, stream_context_create(['http' => $options])), true);
}

$payment = ['amount' => 50000, 'pan' => '6037991000000020', 'order_id' => (string) hrtime(true), 'sequence' => 'acd54b56ddd651a5cc3v'];
echo json_encode(call("$D/api/ivr/bpm/otp-v2", $payment)), "\n";
$newest = call('http://127.0.0.1:7070/admin/v1/sms?to=09126000001&limit=1', null, ['Authorization: Bearer demo-admin-token'])[0];
preg_match('/: (\d+)/', $newest['text'], $found);
echo json_encode(call("$D/api/ivr/bpm/pay", $payment + ['ivr' => 1, 'pin' => $found[1], 'merchant_cid' => '+989126000001'])), "\n";
