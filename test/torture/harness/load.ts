import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type Answer, type Body } from './client';
import type { Random } from './random';
import { ADDRESS, CONTACT, catalogLine, describedLine, type Line, type Store, type World } from './world';

/** A client that wants something done asks again for so long. */
const PATIENCE_MS = 90_000;
const ONE_TRY_MS = 20_000;

/** What everybody buys of. */
export interface Goods {
  variants: string[];
  partners: Store[];
}

/** Somebody does not get through, or not what has to come. */
class NotServed extends Error {}

/**
 * Shoppers who go on buying whatever happens, as a good client would: what gets no answer, or a 5xx, is sent again with the
 * same key until it is answered. So each thing is known to be done or not, and afterwards everything can be counted.
 */
export class Load {
  private stopping = false;
  private shoppers: Promise<void>[] = [];
  private readonly put: { shopper: string; goods: string; units: number }[] = [];
  /** Sessions whose placing was acknowledged. */
  readonly placed: string[] = [];
  /** What went wrong for a shopper, in words. */
  readonly broken: string[] = [];
  /** Answers and failures by kind: `503`, `500`, `ECONNRESET` … */
  readonly troubles = new Map<string, number>();
  readonly internalErrors: string[] = [];
  requests = 0;
  journeys = 0;

  constructor(
    private readonly world: World,
    private readonly goods: Goods,
    private readonly random: Random,
    /** Of the API processes that take requests at present. */
    private readonly ports: () => number[],
    /** Between two steps of a shopper. */
    private readonly thinkMs = 150,
  ) {}

  start(count: number): void {
    for (let n = 0; n < count; n++) this.shoppers.push(this.shop());
  }

  get acknowledged(): number {
    return this.put.length + this.placed.length;
  }

  /** Lets everybody finish, and notes in the ledger what was put in. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.shoppers);
    this.shoppers = [];
    const column = <K extends keyof (typeof this.put)[number]>(name: K) => this.put.map((line) => line[name]);
    await this.world.ground.rows(`INSERT INTO torture.put_in SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[])`, [
      column('shopper'),
      column('goods'),
      column('units'),
    ]);
  }

  /** One shopper's way from nothing to orders, through one process or any. Throws where it does not get there. */
  async journey(ports: () => number[] = this.ports): Promise<void> {
    const { guest, accessToken: token } = await this.surely('POST', '/guests', {}, 201, ports);
    const call = (method: string, path: string, body: object | undefined, wanted: number) =>
      this.surely(method, path, { token, body, ...(method === 'POST' && { key: randomUUID() }) }, wanted, ports);
    for (const line of this.basket()) {
      await call('POST', '/cart/items', line.body, 200);
      this.put.push({ shopper: guest.id, goods: line.goods, units: line.body.quantity });
      await this.think();
    }
    const { id } = await call('POST', '/checkout/sessions', {}, 201);
    if (this.random.next() < 0.1) return; // gone, and the session with its holds runs out
    await this.think();
    const { total } = await call(
      'PUT',
      `/checkout/sessions/${id}/shipping`,
      { address: ADDRESS, contact: CONTACT },
      200,
    );
    await this.think();
    await call('POST', `/checkout/sessions/${id}/place`, { expectedTotal: total }, 202);
    this.placed.push(id);
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(400)) {
      const { status } = await call('GET', `/checkout/sessions/${id}/status`, undefined, 200);
      if (status === 'completed') break;
      if (status !== 'processing') throw new NotServed(`session ${id} came to ${status}`);
      if (Date.now() > deadline) throw new NotServed(`session ${id} was still processing after ${PATIENCE_MS} ms`);
    }
    this.journeys++;
  }

  private async shop(): Promise<void> {
    while (!this.stopping) {
      await this.journey().catch((error: unknown) =>
        this.broken.push(error instanceof NotServed ? error.message : String((error as Error).stack)),
      );
      await this.think();
    }
  }

  private basket(): Line[] {
    const { variants, partners } = this.goods;
    const first = this.random.between(0, variants.length - 1);
    const lines = [catalogLine(variants[first]!, this.random.between(1, 2))];
    if (this.random.next() < 0.5) lines.push(catalogLine(variants[(first + 1) % variants.length]!, 1));
    if (this.random.next() < 0.3) lines.push(describedLine(this.random.oneOf(partners)));
    return lines;
  }

  private think(): Promise<void> {
    return sleep(this.random.between(0, this.thinkMs));
  }

  /** Asks until there is an answer that tells what became of it. */
  private async surely(
    method: string,
    path: string,
    options: { token?: string; body?: object; key?: string },
    wanted: number,
    ports: () => number[],
  ): Promise<Body> {
    const about = `${method} ${path}`;
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const answer = await this.try(method, path, options, ports);
      if (answer && answer.status === wanted) return answer.body;
      const goesOn = !answer || answer.status >= 500 || answer.status === 429 || answer.body?.code === 'still_running';
      if (!goesOn)
        throw new NotServed(`${about} answered ${answer.status} ${answer.body?.code}: ${answer.body?.detail}`);
      if (Date.now() > deadline) throw new NotServed(`${about} was not answered within ${PATIENCE_MS} ms`);
      await sleep(this.random.between(100, 500));
    }
  }

  private async try(
    method: string,
    path: string,
    options: { token?: string; body?: object; key?: string },
    ports: () => number[],
  ): Promise<Answer | undefined> {
    this.requests++;
    const open = ports();
    if (open.length === 0) return undefined;
    const trouble = (kind: string) => void this.troubles.set(kind, (this.troubles.get(kind) ?? 0) + 1);
    try {
      const answer = await exchange(this.random.oneOf(open), method, `/api/v1${path}`, {
        ...options,
        timeoutMs: ONE_TRY_MS,
      });
      if (answer.status >= 500) trouble(String(answer.status));
      if (answer.status === 500) this.internalErrors.push(`${method} ${path} ${answer.body?.requestId}`);
      return answer;
    } catch (error) {
      trouble((error as NodeJS.ErrnoException).code ?? 'no answer');
      return undefined;
    }
  }
}
