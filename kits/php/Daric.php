<?php

/**
 * A Daric sandbox for tests in PHP 8.1 and later.
 *
 * Shape: the trait UsesDaric for PHPUnit; Daric with one part for each subject of the operator API. Values are arrays with the names of that API.
 * Absent: clients of the platforms. A test calls those services with the client that it tests.
 */

declare(strict_types=1);

namespace Daric\Testing;

use PHPUnit\Framework\Attributes\After;
use PHPUnit\Framework\Attributes\Before;

/** The sandbox cannot do what a test asks for. */
class DaricException extends \RuntimeException
{
}

/** What a test waited for did not happen in time. */
final class NotInTime extends DaricException
{
}

/** The operator API refused a call. */
final class Refused extends DaricException
{
    /** The kind of the refusal, as `INVALID`; empty if the reply has none. */
    public readonly string $kind;

    /** The field that is meant, if one is. */
    public readonly ?string $field;

    public function __construct(string $call, public readonly int $status, string $body)
    {
        $error = json_decode($body, true)['error'] ?? [];
        $error = is_array($error) ? $error : [];
        $this->kind = $error['code'] ?? '';
        $this->field = $error['field'] ?? null;
        $at = $this->field === null ? '' : "{$this->field}: ";
        parent::__construct("$call is answered $status: $at" . ($error['message'] ?? $body));
    }
}

/**
 * For a test class of PHPUnit: each test begins with a fresh demo world; when it fails, what the server replied and printed is shown.
 *
 * One server for each process of tests. With Laravel, `$this->daric()->url` goes into the configuration in `setUp`.
 */
trait UsesDaric
{
    /** The sandbox. */
    protected function daric(): Daric
    {
        return Daric::shared();
    }

    /** @before */
    #[Before]
    protected function resetDaric(): void
    {
        $this->daric()->reset();
    }

    /** @after */
    #[After]
    protected function printDaricReportOfFailure(): void
    {
        // The first is PHPUnit 10 and later, the second is PHPUnit 9.
        $failed = method_exists($this, 'status')
            ? $this->status()->isFailure() || $this->status()->isError()
            : $this->hasFailed();
        if ($failed) {
            fwrite(STDERR, "\n{$this->toString()}\n{$this->daric()->report()}\n");
        }
    }
}

/** A sandbox. */
final class Daric
{
    public const OPERATOR_TOKEN = 'demo-admin-token';

    /** The server gathers the lines of its log for a fifth of this time before it writes them, in microseconds. */
    private const LOG_DELAY = 100_000;

    public readonly Clock $clock;
    public readonly SmsInbox $sms;
    public readonly Faults $faults;
    public readonly Requests $requests;
    public readonly Snapshots $snapshot;
    public readonly Webhooks $webhooks;

    private static ?self $shared = null;
    private readonly Api $api;
    /** Bytes of the log, and the number of a request among those after them. */
    private array $logSince = [0, ''];

    private function __construct(
        /** The address, as `http://127.0.0.1:41234`. */
        public readonly string $url,
        string $token,
        private readonly ?ServerProcess $process,
    ) {
        $this->api = new Api($url, $token);
        $this->clock = new Clock($this->api);
        $this->sms = new SmsInbox($this->api);
        $this->faults = new Faults($this->api);
        $this->requests = new Requests($this->api);
        $this->snapshot = new Snapshots($this->api);
        $this->webhooks = new Webhooks($this->api);
    }

    /** The server of this process; the first call starts it. */
    public static function shared(): self
    {
        return self::$shared ??= self::start();
    }

    /** Starts a server with the demo world, as `Daric::start(['--strict'])`; it ends with this process, or by `stop`. */
    public static function start(array $arguments = [], ?string $binary = null): self
    {
        $process = new ServerProcess($arguments, $binary);
        return new self($process->url, self::OPERATOR_TOKEN, $process);
    }

    /** Uses a sandbox that runs already. A reset empties it, so only one test at a time may use it. */
    public static function attach(string $url, string $token = self::OPERATOR_TOKEN): self
    {
        return new self(rtrim($url, '/'), $token, null);
    }

    /** Ends a server that `start` has started. */
    public function stop(): void
    {
        $this->process?->stop();
    }

    /** Back to the demo world: no orders, no faults, the machine's time. */
    public function reset(): void
    {
        [$number] = $this->api->numbered('POST', '/admin/v1/reset');
        $this->sms->forget();
        $this->requests->begin($number === '' ? null : (int) hexdec($number));
        // Lines of earlier calls may be written after this; the line of the reset is the last of them.
        $this->logSince = [$this->process?->logSize() ?? 0, $number];
    }

    /** What the server has printed since the last reset; empty for a server that another program has started. */
    public function log(): string
    {
        if ($this->process === null) {
            return '';
        }
        usleep(self::LOG_DELAY);
        return $this->process->log(...$this->logSince);
    }

    /** The last requests since the last reset with their replies, and the log. */
    public function report(): string
    {
        // In this order, so that the log does not have the request of the summary.
        $printed = $this->log();
        try {
            $replied = $this->requests->summary();
        } catch (DaricException $error) {
            // The test may have ended the server; that must not hide why the test failed.
            $replied = "it cannot be read: {$error->getMessage()}";
        }
        $parts = array_filter(['what daric replied' => $replied, 'what daric printed' => $printed]);
        $shown = array_map(static fn (string $title, string $text) => "$title:\n" . rtrim($text), array_keys($parts), $parts);
        return implode("\n", $shown);
    }

    /** Any call of the operator API: its JSON, or null for an empty reply. */
    public function admin(string $method, string $path, ?array $json = null): mixed
    {
        return $this->api->call($method, $path, $json);
    }

    /** The base URL that takes the place of a platform's: `finnotech`, `paystar` or `pod`. */
    public function base(string $dialect): string
    {
        $bases = array_column($this->admin('GET', '/')['dialects'], 'base', 'name');
        return $bases[$dialect] ?? throw new DaricException("no dialect $dialect: " . implode(', ', array_keys($bases)));
    }

    /** A Finnotech token without the consent page; `type: 'CLIENT-CREDENTIAL'` for the client's own. */
    public function token(
        string $client = 'drops',
        string $type = 'CODE',
        string $bank = '062',
        array $deposits = ['0302876214008'],
        ?array $scopes = null,
        ?int $limit = null,
        ?int $count = null,
    ): string {
        $of = $type === 'CODE' ? ['bank' => $bank, 'deposits' => $deposits] : [];
        $more = Api::given(['scopes' => $scopes, 'limit' => $limit, 'count' => $count]);
        return $this->admin('POST', '/admin/v1/tokens', ['client' => $client, 'type' => $type] + $of + $more)['result']['value'];
    }

    /** The header with which a call asks for a fault of its own: `headerFault('rail_timeout', then: 'done')`. */
    public static function headerFault(
        string $fault,
        ?string $then = null,
        ?string $after = null,
        ?string $distribution = null,
        ?int $seed = null,
    ): array {
        $parts = [$fault];
        foreach (Api::given(compact('then', 'after', 'distribution', 'seed')) as $name => $value) {
            $parts[] = "$name=$value";
        }
        if (preg_grep('/[;\p{Cc}]/u', $parts)) {
            throw new DaricException('a header cannot carry ' . json_encode($parts) . ': arm the fault');
        }
        return ['Daric-Fault' => implode('; ', $parts)];
    }

    /** Arms the steps of a named scenario; `scenarios` lists the names. */
    public function scenario(string $name, mixed ...$fields): mixed
    {
        return $this->admin('POST', '/admin/v1/scenarios', ['scenario' => $name] + $fields);
    }

    /** The scenarios that can be armed. */
    public function scenarios(): array
    {
        return $this->admin('GET', '/admin/v1/scenarios');
    }
}

/** The sandbox's clock. A move runs the work that falls due before it returns. */
final class Clock
{
    public function __construct(private readonly Api $api)
    {
    }

    /** What it shows: `now`, `jalali`, `mode`, `ran`. */
    public function now(): array
    {
        return $this->api->call('GET', '/admin/v1/clock');
    }

    /** Freezes it at an instant with a time zone; only the first move after a reset may go back. */
    public function set(string|\DateTimeInterface $at): array
    {
        return $this->move('set', is_string($at) ? $at : $at->format(DATE_RFC3339));
    }

    /** Freezes it where it is. */
    public function freeze(): array
    {
        return $this->move('freeze', 'now');
    }

    /** Moves it on by an ISO 8601 duration, as `PT2H45M`. */
    public function advance(string $by): array
    {
        return $this->move('advance', $by);
    }

    /** `system`: follows the machine's time. `idle`: moves from due job to due job until none is left. */
    public function run(string $mode = 'system'): array
    {
        return $this->move('run', $mode);
    }

    /** The work that waits for the clock, earliest first: `at`, `kind`, `what`. */
    public function due(?int $limit = null): array
    {
        return $this->api->list('/admin/v1/clock/due', ['limit' => $limit]);
    }

    private function move(string $how, string $value): array
    {
        return $this->api->call('POST', '/admin/v1/clock', [$how => $value]);
    }
}

/** The SMS that the server sends. */
final class SmsInbox
{
    /** @var array<string, int> */
    private array $seen = [];

    public function __construct(private readonly Api $api)
    {
    }

    /** SMS, newest first: `id`, `to`, `text`, `otp`, `state`, `at`. Filters as `to: '09123456789'`. */
    public function list(mixed ...$filters): array
    {
        return $this->api->list('/admin/v1/sms', $filters);
    }

    /** The newest SMS to a number that no earlier `wait` has returned; waits `timeout` seconds, 1 to 60. */
    public function wait(?string $to = null, int $timeout = Api::WAIT, ?int $since = null): array
    {
        $found = $this->list(to: $to, since: $since ?? $this->seen[$to ?? ''] ?? null, wait: $timeout);
        $newest = $found[0] ?? throw new NotInTime('no SMS to ' . ($to ?? 'any number') . " within $timeout seconds");
        $this->seen[$to ?? ''] = $newest['id'];
        return $newest;
    }

    /** Forgets what `wait` has returned. */
    public function forget(): void
    {
        $this->seen = [];
    }
}

/** Faults that strike calls to come. */
final class Faults
{
    public function __construct(private readonly Api $api)
    {
    }

    /** Arms a fault: `arm('drop_after', operation: 'transferTo', trackId: 't-1')`. */
    public function arm(string $fault, mixed ...$fields): array
    {
        return $this->api->call('POST', '/admin/v1/faults', ['fault' => $fault] + Api::given($fields));
    }

    /** The faults that may still strike. */
    public function list(): array
    {
        return $this->api->call('GET', '/admin/v1/faults')['faults'];
    }

    /** Disarms a fault, or all of them. */
    public function clear(?int $id = null): void
    {
        $this->api->call('DELETE', $id === null ? '/admin/v1/faults' : "/admin/v1/faults/$id");
    }
}

/** The requests that the server has answered since the last reset. */
final class Requests
{
    /** The most requests in a summary, and the most characters of each target, body and reply. */
    private const SUMMARY = 20;
    private const SUMMARY_TEXT = 500;

    /** A summary is for a test that has failed, perhaps because the server hangs, in seconds. */
    private const SUMMARY_TIMEOUT = 5;

    private ?int $mark = null;
    private ?int $reset = null;

    public function __construct(private readonly Api $api)
    {
    }

    /** Requests, newest first. Filters as `dialect: 'pod'`, `service: 'transferTo'`, `trackId: 't-1'`, `status: '4xx'`. */
    public function list(mixed ...$filters): array
    {
        return $this->api->list('/admin/v1/requests', $filters + ['since' => $this->mark]);
    }

    /** The newest request that the filters match; waits `timeout` seconds, 1 to 60. */
    public function wait(mixed ...$filters): array
    {
        return Api::newest('request', $filters, $this->list(...Api::waiting($filters)));
    }

    /** One request, with its headers and as a curl command. */
    public function get(int $id): array
    {
        return $this->api->call('GET', "/admin/v1/requests/$id");
    }

    /**
     * The last 20 requests since the last reset as text, oldest first. Each has its number in the server's log, method, target, status and what
     * struck it; after `>` its body, after `<` the reply.
     */
    public function summary(): string
    {
        $query = ['since' => $this->reset, 'limit' => self::SUMMARY + 1];
        $rows = $this->api->list('/admin/v1/requests', $query, self::SUMMARY_TIMEOUT);
        $shown = array_map(self::shown(...), array_reverse(array_slice($rows, 0, self::SUMMARY)));
        $leftOut = count($rows) > self::SUMMARY ? ['(earlier requests are left out)'] : [];
        return implode("\n", [...$leftOut, ...$shown]);
    }

    private static function shown(array $request): string
    {
        $struck = isset($request['struck']) ? " ({$request['struck']['kind']} {$request['struck']['name']})" : '';
        $target = self::short($request['target']);
        $lines = ["{$request['requestId']} {$request['method']} $target {$request['status']}$struck"];
        foreach (Api::given(['>' => $request['body'] ?? null, '<' => $request['reply'] ?? null]) as $mark => $text) {
            $lines[] = "  $mark " . self::short($text);
        }
        return implode("\n", $lines);
    }

    /** On one line, and without characters that a terminal obeys. */
    private static function short(string $text): string
    {
        $line = preg_replace('/\p{Cc}+ */u', ' ', $text);
        preg_match('/^.{0,' . self::SUMMARY_TEXT . '}/u', $line, $beginning);
        return $beginning[0] === $line ? $line : "{$beginning[0]}…";
    }

    /**
     * From now on only requests after the reset with this number are listed.
     *
     * @internal
     */
    public function begin(?int $reset): void
    {
        $this->reset = $reset;
        $this->forget();
    }

    /** From now on only later requests are listed. */
    public function forget(): void
    {
        $this->mark = $this->api->list('/admin/v1/requests', ['limit' => 1])[0]['id'] ?? null;
    }
}

/** Named states of the whole sandbox. */
final class Snapshots
{
    public function __construct(private readonly Api $api)
    {
    }

    /** Saves the state under a name. */
    public function save(string $name): mixed
    {
        return $this->api->call('POST', '/admin/v1/snapshots', ['name' => $name]);
    }

    /** Back to a saved state; the clock returns as well. */
    public function load(string $name): mixed
    {
        return $this->api->call('POST', "/admin/v1/snapshots/$name/load");
    }

    /** Removes a saved state. */
    public function drop(string $name): void
    {
        $this->api->call('DELETE', "/admin/v1/snapshots/$name");
    }

    /** The saved states. */
    public function list(): array
    {
        return $this->api->call('GET', '/admin/v1/snapshots');
    }
}

/** Calls to businesses that report payments. */
final class Webhooks
{
    public function __construct(private readonly Api $api)
    {
    }

    /** Calls, newest first. Filters as `business: 201`, `state: 'dead'`. */
    public function list(mixed ...$filters): array
    {
        return $this->api->list('/admin/v1/webhooks', $filters);
    }

    /** The newest call that the filters match, as `state: 'sent'`; waits `timeout` seconds, 1 to 60. */
    public function wait(mixed ...$filters): array
    {
        return Api::newest('webhook', $filters, $this->list(...Api::waiting($filters)));
    }

    /** One call, with its attempts. */
    public function get(int $id): array
    {
        return $this->api->call('GET', "/admin/v1/webhooks/$id");
    }

    /** Makes a call once more. */
    public function resend(int $id): array
    {
        return $this->api->call('POST', "/admin/v1/webhooks/$id/resend");
    }
}

/**
 * Calls of the operator API: JSON in, JSON out, one connection each.
 *
 * @internal
 */
final class Api
{
    /** How long a wait lasts, in whole seconds of the machine's time. */
    public const WAIT = 10;

    /** The longest a call may take, in seconds: moves of the clock run all due work. */
    private const TIMEOUT = 600;

    public function __construct(private readonly string $url, private readonly string $token)
    {
    }

    /** A status of 400 and more is a Refused. */
    public function call(string $method, string $path, ?array $json = null, int $timeout = self::TIMEOUT): mixed
    {
        return $this->numbered($method, $path, $json, $timeout)[1];
    }

    /** The same, after the number of the request in the server's log. */
    public function numbered(string $method, string $path, ?array $json = null, int $timeout = self::TIMEOUT): array
    {
        $headers = ["Authorization: Bearer {$this->token}", 'Accept: application/json', 'Connection: close'];
        $options = ['method' => $method, 'ignore_errors' => true, 'follow_location' => 0, 'timeout' => $timeout, 'protocol_version' => 1.1];
        if ($json !== null) {
            $headers[] = 'Content-Type: application/json';
            $options['content'] = json_encode((object) $json, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
        } elseif ($method === 'POST') {
            $headers[] = 'Content-Length: 0';
        }
        $stream = @fopen($this->url . $path, 'r', false, stream_context_create(['http' => $options + ['header' => $headers]]));
        if ($stream === false) {
            throw new DaricException("cannot reach {$this->url}: " . (error_get_last()['message'] ?? 'no answer'));
        }
        $head = stream_get_meta_data($stream)['wrapper_data'];
        [$status] = sscanf($head[0], 'HTTP/%*s %d');
        $number = preg_replace('/^x-request-id: */i', '', array_values(preg_grep('/^x-request-id:/i', $head))[0] ?? '');
        $body = stream_get_contents($stream);
        fclose($stream);
        if ($status >= 400) {
            throw new Refused("$method $path", $status, $body);
        }
        return [$number, $body === '' ? null : json_decode($body, true, flags: JSON_THROW_ON_ERROR)];
    }

    /** The rows of a list. */
    public function list(string $path, array $query, int $timeout = self::TIMEOUT): array
    {
        $given = self::given($query);
        return $this->call('GET', $given === [] ? $path : "$path?" . http_build_query($given), timeout: $timeout);
    }

    /** The fields that have a value. */
    public static function given(array $fields): array
    {
        return array_filter($fields, static fn (mixed $value): bool => $value !== null);
    }

    /** The filters of a list that is waited for. */
    public static function waiting(array $filters): array
    {
        $wait = $filters['timeout'] ?? self::WAIT;
        unset($filters['timeout']);
        return $filters + ['wait' => $wait];
    }

    /** The first row of a list that was waited for. */
    public static function newest(string $what, array $filters, array $rows): array
    {
        return $rows[0] ?? throw new NotInTime("no $what in time with " . json_encode($filters));
    }
}

/**
 * A running server in a directory of its own, on a port that the system chooses. Its output is in one file, which ends with the directory.
 *
 * @internal
 */
final class ServerProcess
{
    /** The longest a start may take, in seconds. */
    private const START_TIMEOUT = 60;

    /** The time between two looks for the ready line, in microseconds. */
    private const STEP = 10_000;

    public readonly string $url;

    private readonly string $folder;

    /** @var resource|null */
    private $child;

    public function __construct(array $arguments, ?string $binary)
    {
        $program = $binary ?? self::findBinary();
        $this->folder = sys_get_temp_dir() . '/daric-' . bin2hex(random_bytes(8));
        mkdir($this->folder, 0700);
        $log = ['file', $this->logFile(), 'a'];
        $command = [$program, 'serve', '--demo', '--listen', '127.0.0.1:0', '--data', "{$this->folder}/data", ...$arguments];
        // Settings of the environment are for other servers.
        $environment = array_filter(getenv(), static fn (string $name): bool => !str_starts_with($name, 'DARIC_'), ARRAY_FILTER_USE_KEY);
        $child = proc_open($command, [['file', '/dev/null', 'r'], $log, $log], $pipes, null, $environment);
        $this->child = $child === false ? null : $child;
        // Ends with the process that started it, not with a process that was forked from that.
        $owner = getmypid();
        register_shutdown_function(fn () => getmypid() === $owner ? $this->stop() : null);
        $this->url = $this->waitUntilReady();
    }

    /** The program: `DARIC_BINARY`, else the one on `PATH`. */
    private static function findBinary(): string
    {
        $named = getenv('DARIC_BINARY');
        if ($named) {
            return is_file($named) && is_executable($named)
                ? $named
                : throw new DaricException("DARIC_BINARY names $named, which is no program");
        }
        foreach (explode(PATH_SEPARATOR, getenv('PATH') ?: '') as $folder) {
            if (is_file("$folder/daric") && is_executable("$folder/daric")) {
                return "$folder/daric";
            }
        }
        throw new DaricException('no program `daric`: install it, or name it in DARIC_BINARY');
    }

    private function waitUntilReady(): string
    {
        $end = microtime(true) + self::START_TIMEOUT;
        while (true) {
            $state = $this->child === null ? ['running' => false, 'exitcode' => -1] : proc_get_status($this->child);
            $printed = $this->log();
            if (!$state['running'] || microtime(true) > $end) {
                $this->stop();
                $why = $state['running'] ? 'is not ready' : "ended with {$state['exitcode']}";
                throw new DaricException("the server $why:\n$printed");
            }
            if (preg_match('~daric is ready on (https?://\S+)\s~', $printed, $ready)) {
                return $ready[1];
            }
            usleep(self::STEP);
        }
    }

    /** How many bytes the server has printed. */
    public function logSize(): int
    {
        clearstatcache(true, $this->logFile());
        return filesize($this->logFile());
    }

    /** What the server has printed after so many bytes and, if that contains it, after the line of this request. */
    public function log(int $since = 0, string $number = ''): string
    {
        // `stop` has removed the file.
        $printed = (string) @file_get_contents($this->logFile(), offset: $since);
        // With `--log json` it is the second form.
        $line = "/^.*\\brequest(?: id=$number |\",\"id\":\"$number\").*\\n/m";
        return preg_match($line, $printed, $found, PREG_OFFSET_CAPTURE)
            ? substr($printed, $found[0][1] + strlen($found[0][0]))
            : $printed;
    }

    private function logFile(): string
    {
        return "{$this->folder}/daric.log";
    }

    /** Ends the server, and removes its directory. There is nothing to keep, so it is killed. */
    public function stop(): void
    {
        if ($this->child === null) {
            return;
        }
        proc_terminate($this->child, 9);
        proc_close($this->child);
        $this->child = null;
        self::remove($this->folder);
    }

    private static function remove(string $path): void
    {
        if (is_dir($path) && !is_link($path)) {
            array_map(static fn (string $name) => self::remove("$path/$name"), array_diff(scandir($path), ['.', '..']));
            rmdir($path);
        } else {
            unlink($path);
        }
    }
}
