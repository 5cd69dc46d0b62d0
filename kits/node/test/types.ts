// The types of the kit as a test uses them; a compiler reads this file, nothing runs it.

import { attachDaric, Daric, headerFault, NotInTime, Refused, startDaric } from 'daric';

const daric: Daric = await startDaric({ args: ['--strict'] });
const bases: string[] = [daric.url, daric.base('pod'), await daric.base('pod'), await daric.token({ bank: '016', deposits: ['776700000'] })];
const { ran, jalali }: { ran: number; jalali: string } = await daric.clock.advance('PT1H');
await daric.clock.set(new Date());
await daric.clock.run('idle');
const due: string[] = (await daric.clock.due({ limit: 3 })).map((job) => job.kind);
const otp: string | undefined = (await daric.sms.wait({ to: '09123456789', timeout: 5 })).otp;
await daric.faults.arm('drop_after', { operation: 'transferTo', nth: 2 });
await daric.faults.clear();
const kind: 'fault' | 'magic' | 'strict' | undefined = (await daric.requests.wait({ trackId: 't-1', status: '4xx' })).struck?.kind;
const status: number | undefined = (await daric.webhooks.wait({ state: 'sent' })).attempts?.[0]?.status;
await fetch(daric.url, { headers: { ...headerFault('rail_timeout', { then: 'done' }) } });
const summary: string = (await daric.requests.summary()) || (await daric.report());
await daric.reportFailure({ passed: false });
const orders = await daric.admin<{ trackId: string }[]>('GET', '/admin/v1/orders');
const shown: string = orders.map((order) => order.trackId).join();
const field = (error: unknown): string | undefined => (error instanceof Refused ? error.field : undefined);
await attachDaric(daric.url).snapshot.save('before');
// @ts-expect-error: there is no such dialect
daric.base('other');
// @ts-expect-error: a server is started, not constructed
new Daric();
export { bases, due, field, jalali, kind, NotInTime, otp, ran, shown, status, summary };
