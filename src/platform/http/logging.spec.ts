import { makeLogger } from './logging';

function logged(write: (logger: ReturnType<typeof makeLogger>) => void): string {
  let lines = '';
  const stream = { write: (line: string) => void (lines += line) };
  write(makeLogger({ LOG_LEVEL: 'info', isProduction: true, NODE_ENV: 'production' }, stream));
  return lines;
}

describe('A log line', () => {
  it('shows no card number, in a message, a field, an error or a number', () => {
    const lines = logged((logger) => {
      logger.info('asked for 4111 1111 1111 1111');
      logger.warn({ whatever: { deep: ['4242-4242-4242-4242'] }, number: 5555555555554444 });
      logger.error(new Error('could not store 378282246310005'));
    });
    expect(lines).not.toMatch(/4111 1111|4242-4242|5555555555554444|378282246310005/);
    const read = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(read).toHaveLength(3);
    expect(read[0]).toMatchObject({ msg: 'asked for [card number]' });
  });

  it('shows no secret that is named as one', () => {
    const lines = logged((logger) =>
      logger.info({
        clientSecret: 'seti_1_secret_2',
        providerToken: 'pm_1',
        body: { clientSecret: 'seti_1_secret_2' },
      }),
    );
    expect(lines).not.toMatch(/secret_2|pm_1/);
  });

  it('keeps ids and times as they are', () => {
    const requestId = '41111111-1111-4111-8111-111111111111';
    expect(JSON.parse(logged((logger) => logger.info({ requestId, ms: 12.5 })))).toMatchObject({ requestId, ms: 12.5 });
  });
});
