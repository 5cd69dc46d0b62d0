<?php

// What the kit offers, against a server.

declare(strict_types=1);

use Daric\Testing\Daric;
use Daric\Testing\DaricException;
use Daric\Testing\NotInTime;
use Daric\Testing\Refused;
use Daric\Testing\UsesDaric;
use PHPUnit\Framework\TestCase;

final class SandboxTest extends TestCase
{
    use UsesDaric;

    private const ELEVEN = '2026-11-21T11:00:00+03:30';
    private const RENT = [
        'amount' => 50_000, 'description' => 'rent', 'paymentNumber' => '123456',
        'destinationNumber' => 'IR490620000000302876732005',
    ];

    /** The status of a transfer. */
    private function transfer(string $trackId, array $headers = []): int
    {
        $headers += ['Authorization' => "Bearer {$this->daric()->token()}", 'Content-Type' => 'application/json'];
        $lines = array_map(static fn ($name, $value) => "$name: $value", array_keys($headers), $headers);
        $options = ['method' => 'POST', 'header' => $lines, 'content' => json_encode(self::RENT), 'ignore_errors' => true];
        $url = "{$this->daric()->url}/oak/v2/clients/drops/transferTo?trackId=$trackId";
        $stream = fopen($url, 'r', false, stream_context_create(['http' => $options]));
        return (int) explode(' ', stream_get_meta_data($stream)['wrapper_data'][0])[1];
    }

    public function test_every_dialect_has_a_base(): void
    {
        foreach (['finnotech', 'paystar', 'pod'] as $dialect) {
            self::assertStringStartsWith($this->daric()->url, $this->daric()->base($dialect));
        }
    }

    public function test_a_token_is_of_a_bank_user_or_of_the_client(): void
    {
        $tokens = [$this->daric()->token(), $this->daric()->token(type: 'CLIENT-CREDENTIAL')];
        self::assertCount(2, array_unique(array_filter($tokens)));
    }

    public function test_the_clock_is_set_moved_and_released(): void
    {
        $clock = $this->daric()->clock;
        self::assertSame('1405-08-30 11:00:00', $clock->set(new DateTimeImmutable(self::ELEVEN))['jalali']);
        self::assertSame('1405-08-30 12:00:00', $clock->advance('PT1H')['jalali']);
        self::assertSame('system', $clock->run()['mode']);
        self::assertSame('frozen', $clock->freeze()['mode']);
        self::assertSame('frozen', $clock->now()['mode']);
    }

    public function test_the_clock_runs_until_nothing_is_due(): void
    {
        $this->daric()->clock->set(self::ELEVEN);
        $this->transfer('daric-unknown-done-1');
        self::assertNotSame([], $this->daric()->clock->due());
        self::assertGreaterThan(0, $this->daric()->clock->run('idle')['ran']);
    }

    public function test_a_reset_forgets_orders_faults_and_requests(): void
    {
        $this->daric()->clock->set(self::ELEVEN);
        $this->daric()->faults->arm('error:server is busy', operation: 'balance');
        self::assertSame(200, $this->transfer('t-1'));
        $this->daric()->reset();
        self::assertSame([], $this->daric()->admin('GET', '/admin/v1/orders?client=drops'));
        self::assertSame([], $this->daric()->faults->list());
        self::assertSame([], $this->daric()->requests->list(trackId: 't-1'));
    }

    public function test_a_fault_strikes_once_and_the_request_says_so(): void
    {
        $this->daric()->clock->set(self::ELEVEN);
        $armed = $this->daric()->faults->arm('error:server is busy', operation: 'transferTo', trackId: 't-');
        self::assertSame([503, 200], [$this->transfer('t-1'), $this->transfer('t-2')]);
        $struck = $this->daric()->requests->wait(trackId: 't-1')['struck'];
        self::assertSame(['fault', $armed['id']], [$struck['kind'], $struck['rule']]);
        self::assertArrayNotHasKey('struck', $this->daric()->requests->wait(trackId: 't-2'));
    }

    public function test_a_fault_is_disarmed(): void
    {
        $first = $this->daric()->faults->arm('nested_error')['id'];
        $this->daric()->faults->arm('nested_error');
        $this->daric()->faults->clear($first);
        self::assertCount(1, $this->daric()->faults->list());
        $this->daric()->faults->clear();
        self::assertSame([], $this->daric()->faults->list());
    }

    public function test_a_header_asks_for_a_fault_of_its_own_call(): void
    {
        $this->daric()->clock->set(self::ELEVEN);
        self::assertSame(503, $this->transfer('t-1', Daric::headerFault('error:server is busy')));
        self::assertSame(200, $this->transfer('t-1'));
    }

    public function test_the_header_of_a_fault_has_its_fields(): void
    {
        $header = Daric::headerFault('rail_timeout', then: 'done', after: 'PT1H');
        self::assertSame(['Daric-Fault' => 'rail_timeout; then=done; after=PT1H'], $header);
        $this->expectException(DaricException::class);
        Daric::headerFault('a;b');
    }

    public function test_a_scenario_is_armed(): void
    {
        $this->daric()->scenario($this->daric()->scenarios()[0]['scenario']);
        self::assertNotSame([], $this->daric()->faults->list());
    }

    public function test_an_sms_is_returned_once(): void
    {
        $send = fn (string $text) => $this->daric()->admin('POST', '/admin/v1/sms', ['to' => '09120000001', 'text' => $text]);
        $send('first');
        $send('second');
        $seen = $this->daric()->sms->wait('09120000001');
        self::assertSame('second', $seen['text']);
        $send('third');
        self::assertSame('third', $this->daric()->sms->wait('09120000001')['text']);
        self::assertSame('third', $this->daric()->sms->wait('09120000001', since: $seen['id'])['text']);
    }

    public function test_what_does_not_happen_is_not_waited_for_longer_than_its_time(): void
    {
        $waits = [
            fn () => $this->daric()->sms->wait('09120000002', timeout: 1),
            fn () => $this->daric()->requests->wait(trackId: 'nothing', timeout: 1),
            fn () => $this->daric()->webhooks->wait(state: 'dead', timeout: 1),
        ];
        foreach ($waits as $wait) {
            try {
                $wait();
                self::fail('it has come');
            } catch (NotInTime $late) {
                self::assertNotSame('', $late->getMessage());
            }
        }
    }

    public function test_a_snapshot_is_loaded(): void
    {
        $this->daric()->clock->set(self::ELEVEN);
        $this->transfer('t-1');
        $this->daric()->snapshot->save('paid');
        $this->transfer('t-2');
        $this->daric()->snapshot->load('paid');
        self::assertSame(['t-1'], array_column($this->daric()->admin('GET', '/admin/v1/orders?client=drops'), 'trackId'));
        $this->daric()->snapshot->drop('paid');
        self::assertSame([], $this->daric()->snapshot->list());
    }

    public function test_webhooks_are_listed(): void
    {
        self::assertSame([], $this->daric()->webhooks->list(business: 201));
    }

    public function test_a_refusal_names_the_field(): void
    {
        try {
            $this->daric()->admin('POST', '/admin/v1/clock', ['set' => 'today']);
            self::fail('it is accepted');
        } catch (Refused $refused) {
            self::assertSame([400, 'set', 'INVALID'], [$refused->status, $refused->field, $refused->kind]);
        }
    }

    public function test_the_log_has_what_the_server_has_printed_since_the_reset(): void
    {
        $this->daric()->admin('GET', '/admin/v1/values');
        self::assertStringContainsString('/admin/v1/values', $this->daric()->log());
        $this->daric()->reset();
        self::assertStringNotContainsString('/admin/v1/values', $this->daric()->log());
    }

    public function test_the_log_begins_with_its_test_in_each_form(): void
    {
        $json = Daric::start(['--log', 'json']);
        foreach ([$this->daric(), $json] as $daric) {
            $daric->admin('GET', '/admin/v1/values');
            $daric->reset();
            $daric->clock->now();
            self::assertStringContainsString('/admin/v1/clock', $daric->log());
            self::assertDoesNotMatchRegularExpression('~/admin/v1/(values|reset)~', $daric->log());
        }
        $json->stop();
    }

    public function test_a_summary_has_what_struck_a_request_and_its_reply(): void
    {
        $this->daric()->clock->set(self::ELEVEN);
        $this->daric()->faults->arm('error:server is busy', operation: 'transferTo');
        $this->transfer('t-1');
        [$sent, $body, $reply] = array_slice(explode("\n", $this->daric()->requests->summary()), -3);
        $target = '/oak/v2/clients/drops/transferTo?trackId=t-1';
        self::assertStringEndsWith(" POST $target 503 (fault error:server is busy)", $sent);
        self::assertSame('  > ' . json_encode(self::RENT), $body);
        self::assertMatchesRegularExpression('/^  < \{.*server is busy.*\}$/', $reply);
    }

    public function test_a_summary_has_one_short_line_for_each_text(): void
    {
        $text = "{\r\n  \"description\": \"\x1b[31m" . str_repeat('ر', 600);
        $headers = ["Authorization: Bearer {$this->daric()->token()}", 'Content-Type: application/json'];
        $options = ['method' => 'POST', 'header' => $headers, 'content' => $text, 'ignore_errors' => true];
        $url = "{$this->daric()->url}/oak/v2/clients/drops/transferTo?trackId=t-1";
        file_get_contents($url, false, stream_context_create(['http' => $options]));
        $body = array_slice(explode("\n", $this->daric()->requests->summary()), -2)[0];
        $begins = '  > { "description": " [31m';
        self::assertSame($begins . str_repeat('ر', 504 - strlen($begins)) . '…', $body);
    }

    public function test_a_summary_has_the_last_requests_of_its_test_alone(): void
    {
        self::assertSame('', $this->daric()->requests->summary());
        for ($number = 0; $number <= 20; $number++) {
            @file_get_contents("{$this->daric()->url}/no-$number");
        }
        $this->daric()->requests->forget();
        $lines = explode("\n", $this->daric()->requests->summary());
        self::assertSame('(earlier requests are left out)', array_shift($lines));
        $asked = preg_replace('/^\w+ /', '', array_values(preg_grep('/^\w/', $lines)));
        self::assertSame(array_map(static fn (int $number) => "GET /no-$number 404", range(1, 20)), $asked);
    }

    public function test_a_report_of_a_server_that_has_ended_says_so(): void
    {
        $ended = Daric::start();
        $ended->stop();
        self::assertStringStartsWith("what daric replied:\nit cannot be read: cannot reach ", $ended->report());
    }

    public function test_a_server_that_runs_already_is_used(): void
    {
        $attached = Daric::attach("{$this->daric()->url}/");
        $attached->stop();
        self::assertSame($this->daric()->url, $attached->url);
        self::assertNotSame('', $attached->clock->now()['now']);
    }

    public function test_a_start_that_fails_says_why(): void
    {
        $this->expectException(DaricException::class);
        $this->expectExceptionMessage('--no-such-argument');
        Daric::start(['--no-such-argument']);
    }
}
