<?php
// The balance of a deposit, with a token that needs no consent page in a sandbox.
$D = 'http://127.0.0.1:7070';

function call($url, $token, $body = null) {
    $headers = ["Authorization: Bearer $token", 'Content-Type: application/json'];
    $options = ['method' => $body ? 'POST' : 'GET', 'header' => $headers, 'content' => $body ? json_encode($body) : ''];
    return json_decode(file_get_contents($url, false, stream_context_create(['http' => $options])), true);
}

$issued = call('http://127.0.0.1:7070/admin/v1/tokens', 'demo-admin-token',
    ['client' => 'drops', 'type' => 'CODE', 'bank' => '062', 'deposits' => ['0302876214008']]);
$token = $issued['result']['value'];
echo json_encode(call("$D/oak/v2/clients/drops/deposits/0302876214008/balance?trackId=" . hrtime(true), $token)), "\n";
