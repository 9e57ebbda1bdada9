import { mailBackoffMs, sendFailure } from './send-failure';

describe('sendFailure', () => {
  it.each([
    ['an unknown recipient', { code: 'EENVELOPE', responseCode: 550 }, true, '550'],
    ['a message that the server will not have', { code: 'EMESSAGE', responseCode: 554 }, true, '554'],
    ['a full mailbox, permanently', { code: 'EENVELOPE', responseCode: 552 }, true, '552'],
    ['an address that fits into no envelope', { code: 'EENVELOPE' }, true, 'EENVELOPE'],
    ['greylisting', { code: 'EENVELOPE', responseCode: 451 }, false, '451'],
    ['a server that closes down', { code: 'EMESSAGE', responseCode: 421 }, false, '421'],
    ['a conversation out of step', { code: 'EMESSAGE', responseCode: 503 }, false, '503'],
    ['a wrong password of ours', { code: 'EAUTH', responseCode: 535 }, false, '535'],
    ['a server that greets with a refusal', { code: 'EPROTOCOL', responseCode: 554 }, false, '554'],
    ['nobody there', { code: 'ESOCKET' }, false, 'ESOCKET'],
    ['silence', { code: 'ETIMEDOUT' }, false, 'ETIMEDOUT'],
    ['a connection lost after the message', { code: 'ECONNECTION' }, false, 'ECONNECTION'],
    ['no name of that server', { code: 'EDNS' }, false, 'EDNS'],
    ['a message broken off', { code: 'EMESSAGE' }, false, 'EMESSAGE'],
    ['something else', new Error('ana@example.com is away'), false, 'EUNKNOWN'],
    ['nothing at all', undefined, false, 'EUNKNOWN'],
  ])('of %s', (_, error, final, code) => {
    expect(sendFailure(error)).toEqual({ final, code });
  });
});

describe('mailBackoffMs', () => {
  it('doubles from five seconds to half an hour', () => {
    expect([0, 1, 2, 3, 9, 10, 100, 5000].map(mailBackoffMs)).toEqual([
      ...[5_000, 5_000, 10_000, 20_000, 1_280_000, 1_800_000, 1_800_000, 1_800_000],
    ]);
  });
});
