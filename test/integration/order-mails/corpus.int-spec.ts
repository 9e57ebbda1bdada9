import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { OrderMails } from '../../../src/store-integrations';
import {
  type CorpusMail,
  type Verdict,
  complaints,
  corpus,
  judge,
  rightPart,
  table,
} from '../../support/order-mail-corpus';

// The second folder is never looked at by who writes the rules: what counts is mail that nobody has seen.
const SEEN = corpus('mails');
const UNSEEN = corpus('mails-unseen');

let mails: OrderMails;
beforeAll(() => (mails = new OrderMails()));
afterAll(() => mails.onModuleDestroy());

async function verdictsOf(all: CorpusMail[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const mail of all) verdicts.push(...judge(mail, await mails.read(mail.source, mail.context)));
  return verdicts;
}

/** Of the unseen no details: a rule that is mended by them has seen them. */
const print = (title: string, verdicts: Verdict[]): void =>
  void process.stdout.write(`\n${title}\n${table(verdicts)}\n`);

const falseOrders = (verdicts: Verdict[]): string[] =>
  complaints(verdicts.filter(({ field }) => field === 'false order'));

describe('mails that the rules were written with', () => {
  let verdicts: Verdict[];
  beforeAll(async () => {
    verdicts = await verdictsOf(SEEN);
    print('seen', verdicts);
  }, 120_000);

  it('are read without an error', () => expect(complaints(verdicts)).toEqual([]));

  it('give no order where there is none', () => expect(falseOrders(verdicts)).toEqual([]));
});

describe('mails that the rules were not written with', () => {
  let verdicts: Verdict[];
  beforeAll(async () => {
    verdicts = await verdictsOf(UNSEEN);
    print('unseen', verdicts);
  }, 120_000);

  it('give no order where there is none', () => expect(falseOrders(verdicts)).toEqual([]));

  it('are read right in nine of ten fields', () => expect(rightPart(verdicts)).toBeGreaterThanOrEqual(0.9));
});

describe('the corpus', () => {
  const kinds = (all: CorpusMail[]): string[] => [
    ...new Set(all.flatMap(({ expected }) => expected.findings.map(({ kind }) => kind))),
  ];
  const senders = (all: CorpusMail[]): Set<string> =>
    new Set(
      all.flatMap(({ expected }) => expected.findings.flatMap(({ store, carrier }) => carrier ?? store.domain ?? [])),
    );

  it('is what its drafts make', () => {
    const make = join(__dirname, '../../fixtures/mails/make/make.mjs');
    expect(execFileSync(process.execPath, [make, '--check'], { encoding: 'utf8' })).toBe('');
  });

  it('holds every kind of mail, of many senders, and as many unlike ones unseen', () => {
    expect(SEEN.length).toBeGreaterThanOrEqual(130);
    expect(UNSEEN.length).toBeGreaterThanOrEqual(60);
    expect(senders(SEEN).size).toBeGreaterThanOrEqual(40);
    expect(kinds(SEEN)).toHaveLength(9);
    const stores = (all: CorpusMail[]): string[] =>
      all.flatMap(({ expected }) => expected.findings.flatMap(({ store }) => store.domain ?? []));
    expect(stores(UNSEEN).filter((domain) => stores(SEEN).includes(domain))).toEqual([]);
  });
});
