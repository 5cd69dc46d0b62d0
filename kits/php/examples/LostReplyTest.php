<?php
// The reply of a transfer is lost: the program inquires about it, and does not pay again.

declare(strict_types=1);

use Daric\Testing\UsesDaric;
use PHPUnit\Framework\TestCase;

final class LostReplyTest extends TestCase
{
    use UsesDaric;

    public function test_a_transfer_whose_reply_is_lost_is_found_by_its_inquiry(): void
    {
        $this->daric()->clock->set('2026-11-21T11:00:00+03:30');
        $this->daric()->faults->arm('drop_after', operation: 'transferTo', trackId: 'rent-1');
        $token = $this->daric()->token();
        $lost = $this->call($token, 'transferTo?trackId=rent-1', [
            'amount' => 50_000, 'description' => 'rent', 'paymentNumber' => '123456',
            'destinationNumber' => 'IR490620000000302876732005',
        ]);
        self::assertNull($lost, 'the connection is closed without a reply');
        $found = $this->call($token, 'transferInquiry?trackId=ask-1&inquiryTrackId=rent-1');
        self::assertSame('DONE', $found['result']['transferStatus']);
        $balance = $this->call($token, 'deposits/0302876214008/balance?trackId=ask-2');
        self::assertSame(1_000_000_000_000 - 50_000, $balance['result']['currentBalance']);
    }

    private function call(string $token, string $path, ?array $json = null): ?array
    {
        $header = ["Authorization: Bearer $token", 'Content-Type: application/json'];
        $options = ['method' => $json ? 'POST' : 'GET', 'header' => $header, 'content' => $json ? json_encode($json) : ''];
        $url = "{$this->daric()->url}/oak/v2/clients/drops/$path";
        $reply = @file_get_contents($url, false, stream_context_create(['http' => $options]));
        return $reply === false ? null : json_decode($reply, true);
    }
}
