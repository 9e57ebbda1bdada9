import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { WebhookNotVerified } from '../../payments';
import { Clock } from '../../platform/clock';
import { Config } from '../../platform/config';
import { Database, statement, sweeping } from '../../platform/database';
import { Jobs } from '../../platform/jobs';
import { MailFindings } from '../mail-findings/mail-findings';
import { verdictOf, type CheckResult } from './authentication-results';
import { MailForwardings } from './mail-forwardings';
import { soleSenderOf } from './sole-sender';

/** So old, or so far ahead, a signature may be. */
const TOLERANCE_SECONDS = 300;
const FORGET_EVERY_MS = 3_600_000;
const MOST_CHECKS = 50;
const RESULT = /^[a-z]{1,20}$/;

const SEEN = statement('mail_deliveries.seen', `SELECT id FROM mail_deliveries WHERE id = $1`);
const TAKEN = statement('mail_deliveries.taken', `INSERT INTO mail_deliveries (id) VALUES ($1) ON CONFLICT DO NOTHING`);
const FORGET = sweeping('mail_deliveries.forget', 'mail_deliveries', `taken_at < now() - interval '7 days'`);

/** What the mail provider posts. */
interface PostedMail {
  id: string;
  to: string[];
  /** Base64. */
  raw: string;
  authentication: CheckResult[];
}

/**
 * Takes in mail that was sent to shoppers' addresses at Muse. Guarantees: what is not signed by the mail provider, with a
 * signature of these five minutes, touches nothing; each delivery counts once; a mail of which the provider did not find that its
 * From's own domain has sent it (DKIM or SPF, aligned) changes nothing; the answer is the same whether the address is anybody's
 * or not. No mail is kept.
 */
@Injectable()
export class MailWebhooks implements OnModuleInit {
  private readonly logger = new Logger('MailIn');

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly forwardings: MailForwardings,
    private readonly findings: MailFindings,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old mail deliveries', () => this.database.sweep(FORGET));
  }

  /** Throws WebhookNotVerified; then nothing was read. */
  async receive(signature: string | undefined, body: Buffer): Promise<void> {
    if (!this.isSigned(signature, body)) throw new WebhookNotVerified();
    const mail = postedIn(body);
    if (!mail) throw new WebhookNotVerified();
    if (await this.database.maybeOne(SEEN, [mail.id])) return;
    await this.take(mail);
    // Afterwards: where it could not be taken now, the provider posts it again, and what was taken is known by its Message-ID.
    await this.database.rows(TAKEN, [mail.id]);
  }

  private async take({ to, raw, authentication }: PostedMail): Promise<void> {
    const source = Buffer.from(raw, 'base64');
    const domain = await soleSenderOf(source);
    const authenticated = domain === null ? 'unknown' : verdictOf(authentication, domain);
    for (const address of new Set(to)) {
      const owner = await this.forwardings.ownerOf(address);
      if (!owner || authenticated !== 'pass') {
        this.logger.log({ message: 'mail let go', reason: owner ? 'not_authenticated' : 'no_address' });
        continue;
      }
      const { userId, email, name } = owner;
      await this.findings.take({ userId, via: 'forwarding', source, authenticated, ownAddresses: [email, address] });
      await this.forwardings.used(name);
    }
  }

  /** `t=<seconds>,v1=<HMAC-SHA256 of t.body in hex>`, by any secret that is in force. */
  private isSigned(signature: string | undefined, body: Buffer): boolean {
    const [, time, given] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature ?? '') ?? [];
    if (time === undefined || given === undefined) return false;
    if (Math.abs(this.clock.now().getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return false;
    return this.config.MAIL_IN_SECRET.some((secret) => {
      const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
      return timingSafeEqual(expected, Buffer.from(given, 'hex'));
    });
  }
}

function postedIn(body: Buffer): PostedMail | null {
  let given: unknown;
  try {
    given = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  const { id, to, raw, authentication } = (given ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || id.length > 255 || id.includes('\0') || typeof raw !== 'string')
    return null;
  if (!Array.isArray(to) || to.length > 20 || !to.every((one) => typeof one === 'string')) return null;
  if (!Array.isArray(authentication) || authentication.length > MOST_CHECKS) return null;
  return { id, to, raw, authentication: authentication.flatMap(checkIn) };
}

function checkIn(given: unknown): CheckResult[] {
  const { method, result, domain } = (given ?? {}) as Record<string, unknown>;
  if (typeof method !== 'string' || typeof result !== 'string' || !RESULT.test(result.toLowerCase())) return [];
  return [{ method, result: result.toLowerCase(), domain: typeof domain === 'string' ? domain : null }];
}
