import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErasureRegistry, ExportRegistry, type Caller } from '../../identity';
import { Vault, openJson, sealJson, type SealedJson } from '../../platform/crypto';
import { Database, statement, sweeping, type Tx } from '../../platform/database';
import { STREAM_CHANNEL, Streams } from '../../platform/events';
import { InvalidRequest, NotFound, type FieldError, type Once } from '../../platform/http';
import { Jobs } from '../../platform/jobs';
import type { ChallengeKind, FlowChallenge } from '../recipes';
import { ChallengeAnswered, ChallengeExpired } from './challenges.errors';
import { CHALLENGE_ANSWERS } from './challenges.limits';
import type { ChallengeAnswerRequest } from './dto/challenge.request';
import { ChallengeAnsweredResponse, ChallengeResponse } from './dto/challenge.response';

/** What a run was at when the store asked: `subjectId` is its store checkout, order or account, opaque here. */
export interface ChallengeOf {
  userId: string;
  storeId: string;
  about: 'quote' | 'place' | 'track' | 'cancel' | 'credentials';
  subjectId: string;
  /** The checkout session that shows it; null: none does. */
  sessionId: string | null;
}

/** Where the shopper sees it: in a checkout session, or in their account at the store whose sign-in is being tried. */
export type ChallengePlace = { sessionId: string } | { storeId: string };

/** One that waits for its answer. */
export interface OpenChallenge {
  id: string;
  kind: ChallengeKind;
  expiresAt: Date;
}

/** What whoever begins a run is told, and asked, while the shopper thinks. */
export interface ChallengeWatch {
  /** It can be answered from now on. */
  opened?(challenge: OpenChallenge): Promise<void>;
  /** It can be answered no more, whether it was or not. */
  closed?(answered: boolean): Promise<void>;
  /** False: nobody waits for what the run is for any more. Asked about every second. */
  isWanted?(): Promise<boolean>;
}

export const topicOf = (challengeId: string): string => `challenge:${challengeId}`;

/** A run that has not said for so long that it waits is taken for dead: its challenge cannot be answered any more. */
const ALIVE_SECONDS = 10;
const LOOK_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 3_600_000;
const MOST_FIELDS = 20;

const OPEN = statement(
  'challenges.open',
  `INSERT INTO checkout_challenges (id, user_id, store_id, about, subject_id, session_id, kind, round, fields, shown, alive_until, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + interval '${ALIVE_SECONDS} seconds', clock_timestamp() + make_interval(secs => $11))
   RETURNING id, expires_at AS "expiresAt"`,
);
const NEXT_ID = statement('challenges.next_id', `SELECT uuidv7() AS id`);
/** The answer, which is destroyed by being taken; else whether it is still waited for, and a sign of life. */
const TAKE = statement(
  'challenges.take',
  `WITH given AS (SELECT id, answer FROM checkout_challenges WHERE id = $1 AND status = 'answered' FOR UPDATE),
   used AS (
     UPDATE checkout_challenges c SET status = 'used', answer = NULL, shown = NULL, ended_at = now() FROM given WHERE c.id = given.id
   ), alive AS (
     UPDATE checkout_challenges SET alive_until = clock_timestamp() + interval '${ALIVE_SECONDS} seconds'
      WHERE id = $1 AND status = 'waiting' AND expires_at > clock_timestamp() RETURNING id
   )
   SELECT (SELECT answer FROM given) AS answer, EXISTS (SELECT FROM alive) AS waiting`,
);
const END = statement(
  'challenges.end',
  `UPDATE checkout_challenges SET status = 'expired', shown = NULL, ended_at = now() WHERE id = $1 AND status = 'waiting' RETURNING id`,
);
const SHOW = statement(
  'challenges.show',
  `SELECT c.id, c.store_id AS "storeId", s.name AS "storeName", c.about, c.kind, c.round, c.fields, c.shown, c.expires_at AS "expiresAt",
          CASE WHEN c.status = 'waiting' AND least(c.expires_at, c.alive_until) <= clock_timestamp() THEN 'expired' ELSE c.status END AS status,
          k.wrapped, k.master_key_id AS "masterKeyId"
     FROM checkout_challenges c JOIN stores s ON s.id = c.store_id LEFT JOIN data_keys k ON k.subject_id = c.user_id
    WHERE c.id = $1 AND c.user_id = $2
      AND (c.session_id = $3 OR c.session_id IS NULL AND c.about = 'credentials' AND c.store_id = $4)`,
);
/** Of two answers one is taken, and none once the run has stopped waiting. */
const ANSWER = statement(
  'challenges.answer',
  `UPDATE checkout_challenges SET status = 'answered', answer = $2, answered_at = now()
    WHERE id = $1 AND status = 'waiting' AND least(expires_at, alive_until) > clock_timestamp()
   RETURNING pg_notify('${STREAM_CHANNEL}', 'challenge:' || id) AS notified`,
);
const UNANSWERED = statement(
  'challenges.left_unanswered',
  `SELECT EXISTS (SELECT FROM checkout_challenges WHERE subject_id = $1 AND about = $2 AND status <> 'used' AND created_at > now() - interval '1 hour') AS unanswered`,
);
const FORGET_UNANSWERED = statement(
  'challenges.forget_unanswered',
  `DELETE FROM checkout_challenges WHERE subject_id = $1 AND about = $2 AND status <> 'used'`,
);
const DEAD = sweeping('challenges.end_dead', 'checkout_challenges', `ended_at < now() - interval '1 day'`);
const OF_DEAD_RUN = `ended_at IS NULL AND alive_until < clock_timestamp() - interval '5 seconds'`;
const END_DEAD = statement(
  'challenges.end_those_of_dead_runs',
  `UPDATE checkout_challenges SET status = 'expired', answer = NULL, shown = NULL, ended_at = now() WHERE ${OF_DEAD_RUN} RETURNING 1 AS ended`,
);
const FORGET_USER = statement('challenges.forget_user', `DELETE FROM checkout_challenges WHERE user_id = $1`);

interface ShownRow {
  id: string;
  storeId: string;
  storeName: string;
  about: ChallengeOf['about'];
  kind: ChallengeKind;
  round: number;
  fields: FlowChallenge['fields'];
  shown: SealedJson | null;
  expiresAt: Date;
  status: 'waiting' | 'answered' | 'used' | 'expired';
  wrapped: Buffer | null;
  masterKeyId: string;
}

/** What is shown of a challenge and may hold what is the shopper's. */
interface Shown {
  prompt: string | null;
  /** PNG, base64. */
  picture: string | null;
}

/**
 * What a store asks of a shopper in the middle of a run. The run waits in the process that holds its page; whoever answers does
 * so in any other. Guarantees: an answer is taken once, by the run that asked and by no other; it lies under the shopper's key
 * until it is taken or the run is dead, and nowhere afterwards; a run never waits longer than `waitMs`.
 */
@Injectable()
export class Challenges implements OnModuleInit {
  private readonly logger = new Logger('Challenges');
  /** How long the shopper has. */
  waitMs = 180_000;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly streams: Streams,
    private readonly jobs: Jobs,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    const due = `SELECT FROM checkout_challenges WHERE ${OF_DEAD_RUN}`;
    this.jobs.whenDue('challenges of dead runs', due, () => this.endDead());
    this.jobs.every(FORGET_EVERY_MS, 'challenges that are over', () => this.database.sweep(DEAD));
    this.exports.leaveOut('challenges', {
      checkout_challenges:
        'what a store asked in the middle of a checkout: shown then, destroyed once answered, gone after a day',
    });
    this.erasures.register(
      'challenges',
      async (tx, userId) => {
        await tx.run(FORGET_USER, [userId]);
      },
      { checkout_challenges: true },
    );
  }

  /** Asks, and waits for the answer; `unanswered` once it is too late, or nobody wants it any more. */
  async ask(
    of: ChallengeOf,
    challenge: FlowChallenge,
    watch: ChallengeWatch = {},
  ): Promise<Record<string, string> | 'unanswered'> {
    const open = await this.open(of, challenge);
    const { id, kind, storeId } = { ...open, storeId: of.storeId };
    this.logger.log({ message: 'a store asks its shopper', challengeId: id, storeId, about: of.about, kind });
    let answer: Record<string, string> | 'unanswered' = 'unanswered';
    try {
      await watch.opened?.(open);
      answer = await this.wait(of, open, watch);
    } finally {
      // Whatever went wrong: nobody may answer what nobody waits for.
      if (answer === 'unanswered') await this.database.rows(END, [id]);
      await watch.closed?.(answer !== 'unanswered');
    }
    return answer;
  }

  /** As its shopper sees it. Throws NotFound. */
  async show(caller: Caller, place: ChallengePlace, id: string): Promise<ChallengeResponse> {
    const row = await this.row(this.database, caller, place, id);
    const isOpen = row.status === 'waiting';
    const shown = isOpen && row.shown ? this.opened<Shown>(caller.id, row, 'shown', row.shown) : null;
    const { storeId, storeName, about, kind, round, fields, expiresAt, status } = row;
    return ChallengeResponse.of({
      ...{ id, store: { id: storeId, name: storeName }, about, kind, round, status, expiresAt },
      ...{ prompt: shown?.prompt ?? null, picture: shown?.picture ?? null, fields: isOpen ? fields : [] },
    });
  }

  /**
   * The run goes on with this. Recorded privately: by what is kept of the request nobody could try what was answered. Throws
   * NotFound, InvalidRequest, ChallengeAnswered, ChallengeExpired.
   */
  answer(
    once: Once,
    caller: Caller,
    place: ChallengePlace,
    id: string,
    { answers }: ChallengeAnswerRequest,
  ): Promise<ChallengeAnsweredResponse> {
    return once.run(
      (tx) => this.answerOnce(tx, caller, place, id, answers),
      CHALLENGE_ANSWERS,
      () => Promise.resolve(taken(id)),
    );
  }

  private async answerOnce(
    tx: Tx,
    caller: Caller,
    place: ChallengePlace,
    id: string,
    answers: Record<string, string>,
  ): Promise<ChallengeAnsweredResponse> {
    const row = await this.row(tx, caller, place, id);
    if (row.status !== 'waiting') throw overOf(row.status);
    assertFits(row.fields, answers);
    const key = this.vault.unwrap(caller.id, row.wrapped, row.masterKeyId);
    const sealed = sealJson(key, aad(id, 'answer'), answers);
    if ((await tx.rows(ANSWER, [id, JSON.stringify(sealed)])).length === 0) {
      const { status } = await this.row(tx, caller, place, id);
      throw overOf(status);
    }
    return taken(id);
  }

  /** Whether an earlier try at this was left unanswered, by its shopper or by a worker that died while it waited. */
  async leftUnanswered(subjectId: string, about: ChallengeOf['about']): Promise<boolean> {
    return (await this.database.maybeOne<{ unanswered: boolean }>(UNANSWERED, [subjectId, about]))!.unanswered;
  }

  /** It is asked anew from the beginning. */
  async forgetUnanswered(subjectId: string, about: ChallengeOf['about']): Promise<void> {
    await this.database.rows(FORGET_UNANSWERED, [subjectId, about]);
  }

  /** Ends those whose run is dead: what was answered is destroyed unused. */
  async endDead(): Promise<void> {
    await this.database.rows(END_DEAD);
  }

  private async open(of: ChallengeOf, challenge: FlowChallenge): Promise<OpenChallenge> {
    const { userId, storeId, about, subjectId, sessionId } = of;
    const { kind, round, prompt, picture, fields } = challenge;
    const shown: Shown = { prompt, picture: picture.length > 0 ? picture.toString('base64') : null };
    return this.database.transaction(async (tx) => {
      const { id } = (await tx.maybeOne<{ id: string }>(NEXT_ID))!;
      const sealed = sealJson(await this.vault.keyFor(tx, userId), aad(id, 'shown'), shown);
      const few = fields.slice(0, MOST_FIELDS);
      const values = [id, userId, storeId, about, subjectId, sessionId, kind, round, JSON.stringify(few)];
      const row = await tx.maybeOne<{ id: string; expiresAt: Date }>(OPEN, [
        ...values,
        JSON.stringify(sealed),
        this.waitMs / 1000,
      ]);
      return { ...row!, kind };
    });
  }

  private async wait(
    of: ChallengeOf,
    { id }: OpenChallenge,
    watch: ChallengeWatch,
  ): Promise<Record<string, string> | 'unanswered'> {
    const hint = this.streams.hintOf(topicOf(id));
    try {
      for (;;) {
        const { answer, waiting } = await this.look(id);
        if (answer) return await this.openAnswer(of.userId, id, answer);
        if (!waiting) {
          // Whoever answered in the last moment is heard: then there was nothing to end.
          const late = (await this.database.maybeOne(END, [id])) ? null : (await this.look(id)).answer;
          return late ? await this.openAnswer(of.userId, id, late) : 'unanswered';
        }
        if (watch.isWanted && !(await watch.isWanted())) return 'unanswered';
        await Promise.race([hint.next(), sleep(LOOK_EVERY_MS)]);
      }
    } finally {
      hint.stop();
    }
  }

  private async look(id: string): Promise<{ answer: SealedJson | null; waiting: boolean }> {
    const row = await this.database.maybeOne<{ answer: SealedJson | null; waiting: boolean }>(TAKE, [id]);
    return row!;
  }

  private openAnswer(userId: string, id: string, sealed: SealedJson): Promise<Record<string, string>> {
    return this.database.transaction(async (tx) =>
      openJson<Record<string, string>>(await this.vault.keyFor(tx, userId), aad(id, 'answer'), sealed),
    );
  }

  private opened<T>(userId: string, row: ShownRow, what: 'shown', sealed: SealedJson): T {
    return openJson<T>(this.vault.unwrap(userId, row.wrapped, row.masterKeyId), aad(row.id, what), sealed);
  }

  private async row(
    reader: Pick<Database, 'maybeOne'>,
    caller: Caller,
    place: ChallengePlace,
    id: string,
  ): Promise<ShownRow> {
    const [sessionId, storeId] = 'sessionId' in place ? [place.sessionId, null] : [null, place.storeId];
    const row = await reader.maybeOne<ShownRow>(SHOW, [id, caller.id, sessionId, storeId]);
    if (!row) throw new NotFound('challenge');
    return row;
  }
}

/** Also what a request that is replayed is answered. */
function taken(id: string): ChallengeAnsweredResponse {
  return { id, status: 'answered' };
}

/** Why it cannot be answered; one that waits still, but for a run that is dead, is over too. */
function overOf(status: ShownRow['status']): Error {
  return status === 'answered' || status === 'used' ? new ChallengeAnswered() : new ChallengeExpired();
}

function aad(id: string, what: 'shown' | 'answer'): string {
  return JSON.stringify(['checkout_challenges', id, what]);
}

/** Each field has its answer, and nothing else is answered. */
function assertFits(fields: FlowChallenge['fields'], answers: Record<string, string>): void {
  const errors: FieldError[] = [];
  const names = new Set(fields.map(({ name }) => name));
  for (const name of Object.keys(answers))
    if (!names.has(name)) errors.push({ pointer: `/answers/${escaped(name)}`, detail: 'is not asked for' });
  for (const { name, type } of fields) {
    const pointer = `/answers/${escaped(name)}`;
    const given = Object.hasOwn(answers, name) ? answers[name]! : undefined;
    if (given === undefined || given.trim() === '') errors.push({ pointer, detail: 'is required' });
    else if (type === 'confirm' && given !== 'true' && given !== 'false')
      errors.push({ pointer, detail: 'must be true or false' });
  }
  if (errors.length > 0) throw new InvalidRequest(errors);
}

const escaped = (member: string) => member.replaceAll('~', '~0').replaceAll('/', '~1');
