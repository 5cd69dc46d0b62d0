<?php
// An invoice of the business "shop" to the user "ali", and the link to its payment page.
$D = 'http://127.0.0.1:7070';

function call($service, $fields = []) {
    global $D;
    $headers = ['_token_: demo-shop-token', '_token_issuer_: 1', 'Content-Type: application/x-www-form-urlencoded'];
    $options = ['method' => 'POST', 'header' => $headers, 'content' => http_build_query(['scProductId' => $service] + $fields)];
    return json_decode(file_get_contents("$D/srv/sc/nzh/doServiceCall", false, stream_context_create(['http' => $options])), true);
}

$ott = call(29816)['ott'];
$line = ['productId[]' => 0, 'price[]' => 50000, 'quantity[]' => 1, 'productDescription[]' => 'کتاب'];
$invoice = call(29796, ['_ott_' => $ott, 'guildCode' => 'API_GUILD', 'userId' => 101] + $line)['result'];
echo "$D/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={$invoice['uniqueNumber']}\n";
