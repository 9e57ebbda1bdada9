import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { OrderMails, type ReadMail } from '../../../src/store-integrations';
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
const reads = new Map<CorpusMail, ReadMail>();
beforeAll(async () => {
  mails = new OrderMails();
  for (const mail of [...SEEN, ...UNSEEN]) reads.set(mail, await mails.read(mail.source, mail.context));
}, 180_000);
afterAll(() => mails.onModuleDestroy());

const readOf = (mail: CorpusMail): ReadMail => reads.get(mail) as ReadMail;
const verdictsOf = (all: CorpusMail[]): Verdict[] => all.flatMap((mail) => judge(mail, readOf(mail)));
const falseOrders = (verdicts: Verdict[]): string[] =>
  complaints(verdicts.filter(({ field }) => field === 'false order'));

/** Of the unseen no details: a rule that is mended by them has seen them. */
const print = (title: string, verdicts: Verdict[]): void =>
  void process.stdout.write(`\n${title}\n${table(verdicts)}\n`);

describe('mails that the rules were written with', () => {
  let verdicts: Verdict[];
  beforeAll(() => print('seen', (verdicts = verdictsOf(SEEN))));

  it('are read without an error', () => expect(complaints(verdicts)).toEqual([]));

  it('give no order where there is none', () => expect(falseOrders(verdicts)).toEqual([]));
});

describe('mails that the rules were not written with', () => {
  let verdicts: Verdict[];
  beforeAll(() => print('unseen', (verdicts = verdictsOf(UNSEEN))));

  it('give no order where there is none', () => expect(falseOrders(verdicts)).toEqual([]));

  it('are read right in nine of ten fields', () => expect(rightPart(verdicts)).toBeGreaterThanOrEqual(0.9));
});

describe('whatever the mail', () => {
  it('the answer keeps to its contract and holds no address of the shopper', () => {
    for (const mail of [...SEEN, ...UNSEEN]) {
      const { nothingBecause, findings } = readOf(mail);
      expect([mail.name, nothingBecause === null]).toEqual([mail.name, findings.length > 0]);
      for (const { at, confidence, evidence, parcels } of findings) {
        expect(Date.parse(at)).toBeLessThanOrEqual(mail.context.now.getTime());
        expect(confidence).toBeGreaterThan(0);
        expect(confidence).toBeLessThanOrEqual(1);
        const excerpts = evidence.map(({ excerpt }) => excerpt);
        expect(excerpts.filter((excerpt) => excerpt.length > 120)).toEqual([]);
        expect(excerpts.filter((excerpt) => mail.context.ownAddresses.some((own) => excerpt.includes(own)))).toEqual(
          [],
        );
        expect(parcels.filter(({ trackingUrl }) => !/^https?:\/\/|^$/.test(trackingUrl ?? ''))).toEqual([]);
      }
    }
  });

  it('line ends without carriage returns change nothing', async () => {
    for (const mail of SEEN) {
      const bare = Buffer.from(mail.source.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
      expect([mail.name, await mails.read(bare, mail.context)]).toEqual([mail.name, readOf(mail)]);
    }
  }, 120_000);

  it('a mail that the shopper forwards as an attachment tells the same', async () => {
    // Who is proved of a forwarded mail is the shopper, never the store: look-alikes are for the other tests.
    for (const mail of SEEN.filter(({ expected }) => expected.findings.length > 0 && !expected.isForwarded)) {
      const read = await mails.read(forwardedAsAttachment(mail), mail.context);
      expect([mail.name, read.isForwarded, told(read)]).toEqual([mail.name, true, told(readOf(mail))]);
    }
  }, 120_000);
});

const told = ({ findings }: ReadMail): unknown[] =>
  findings.map(({ kind, store, orderNumber, total, items, parcels }) => ({
    kind,
    domain: store.domain,
    orderNumber,
    total,
    items,
    parcels,
  }));

function forwardedAsAttachment({ source, context }: CorpusMail): Buffer {
  const head = [
    `From: <${context.ownAddresses[0] ?? ''}>`,
    'To: <u-1@in.muse.example>',
    'Subject: Fwd: see below',
    `Date: ${context.now.toUTCString()}`,
    'Message-ID: <forwarded@example.com>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="forwarded-42"',
    '',
    '--forwarded-42',
    'Content-Type: message/rfc822',
    '',
    '',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head), source, Buffer.from('\r\n--forwarded-42--\r\n')]);
}

describe('the corpus', () => {
  const kinds = (all: CorpusMail[]): string[] => [
    ...new Set(all.flatMap(({ expected }) => expected.findings.map(({ kind }) => kind))),
  ];
  const senders = (all: CorpusMail[]): Set<string> =>
    new Set(
      all.flatMap(({ expected }) => expected.findings.flatMap(({ store, carrier }) => carrier ?? store.domain ?? [])),
    );
  const stores = (all: CorpusMail[]): string[] =>
    all.flatMap(({ expected }) => expected.findings.flatMap(({ store }) => store.domain ?? []));

  it('is what its drafts make', () => {
    const make = join(__dirname, '../../fixtures/mails/make/make.mjs');
    expect(execFileSync(process.execPath, [make, '--check'], { encoding: 'utf8' })).toBe('');
  });

  it('holds every kind of mail, of many senders, and as many unlike ones unseen', () => {
    expect(SEEN.length).toBeGreaterThanOrEqual(130);
    expect(UNSEEN.length).toBeGreaterThanOrEqual(60);
    expect(senders(SEEN).size).toBeGreaterThanOrEqual(40);
    expect(kinds(SEEN)).toHaveLength(9);
    expect(kinds(UNSEEN)).toHaveLength(9);
    expect(stores(UNSEEN).filter((domain) => stores(SEEN).includes(domain))).toEqual([]);
  });
});
