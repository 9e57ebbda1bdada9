import { Injectable, Logger, type BeforeApplicationShutdown, type MessageEvent } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { Client } from 'pg';
import { Observable } from 'rxjs';
import { Config } from '../config';
import { DomainError, Shutdown } from '../http';

/** `SELECT pg_notify('muse_streams', topic)` in the transaction of a change wakes the streams of that topic, in every process. */
export const STREAM_CHANNEL = 'muse_streams';
const REREAD_EVERY_MS = 15_000;
/** A stream ends after the life of an access token, so that a client comes back with a fresh one. */
const LIFE_MS = 10 * 60_000;
const RECONNECT_MS = 1_000;

const STREAMS_OF_ONE_OWNER = 10;

/** 429: this caller has as many streams open as one may have. */
class TooManyStreams extends DomainError {
  constructor() {
    const detail = `You have ${STREAMS_OF_ONE_OWNER} streams open; close one first.`;
    super('too_many_streams', 429, detail, {}, [], { 'retry-after': '10' });
  }
}

/** What a stream shows now; `version` becomes the event's id, and only a new one is sent. */
export interface Snapshot {
  version: number | string;
  data: object;
}

/** One of a list that only grows at its end; `sequence` becomes the event's id. */
export interface Numbered {
  sequence: number;
  data: object;
}

/**
 * Server-sent events. Guarantee: the present state is sent on connecting, and every later state is sent at the latest 15 s
 * after it stood, even if the notification was lost: NOTIFY is a hint, the row is the truth.
 */
@Injectable()
export class Streams implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Streams');
  private readonly hints = new EventEmitter().setMaxListeners(0);
  /** How many streams each owner has open here. */
  private readonly owners = new Map<string, number>();
  private listener?: Client;
  private connecting = false;
  private closed = false;

  constructor(
    private readonly config: Config,
    shutdown: Shutdown,
  ) {
    // A stream would hold up the end of the process: its client turns to another one.
    shutdown.signal.addEventListener('abort', () => this.hints.emit('close'), { once: true });
  }

  /** How many streams are open here. */
  get open(): number {
    return [...this.owners.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * `read` runs once on connecting, then at each hint for `topic` and every 15 s; an error in it ends the stream. `owner` is
   * who watches, and may do so a few times at once only: each stream reads again at every change. Throws TooManyStreams.
   */
  watch(owner: string, topic: string, eventName: string, read: () => Promise<Snapshot>): Observable<MessageEvent> {
    return this.streamOf(owner, topic, () => {
      let sent: number | string | undefined;
      return async (send) => {
        const { version, data } = await read();
        if (version === sent) return;
        sent = version;
        send({ type: eventName, id: String(version), data });
      };
    });
  }

  /**
   * What a list has beyond `after`, each once and in the order of its numbers, and then whatever is added. `since` gives
   * the next ones behind a number, in order, and none at the end of the list; the list must number in the order of
   * commits, or what commits late is never sent. Otherwise as watch().
   */
  follow(
    owner: string,
    topic: string,
    eventName: string,
    after: number,
    since: (sequence: number) => Promise<Numbered[]>,
  ): Observable<MessageEvent> {
    return this.streamOf(owner, topic, () => {
      let sent = after;
      return async (send) => {
        for (;;) {
          const added = await since(sent);
          if (added.length === 0) return;
          for (const { sequence, data } of added) {
            if (!send({ type: eventName, id: String(sequence), data })) return;
            sent = sequence;
          }
        }
      };
    });
  }

  /** Calls `told` at each hint for `topic`, until the function that it gives is called. Hints may be lost: look by yourself too. */
  heard(topic: string, told: () => void): () => void {
    this.listen();
    this.hints.on(topic, told);
    return () => void this.hints.off(topic, told);
  }

  /**
   * For whoever waits in a loop of their own: `next()` resolves at the next hint for `topic`. Hints may be lost, so the loop
   * looks by itself too.
   */
  hintOf(topic: string): { next(): Promise<void>; stop(): void } {
    let told: () => void = () => undefined;
    let came = false;
    const stop = this.heard(topic, () => {
      came = true;
      told();
    });
    return {
      next: () =>
        new Promise((resolve) => {
          told = () => {
            came = false;
            resolve();
          };
          if (came) told();
        }),
      stop,
    };
  }

  /** `begin` is called as somebody connects; what it gives sends what is new, and is called at each hint and every 15 s. */
  private streamOf(
    owner: string,
    topic: string,
    begin: () => (send: (event: MessageEvent) => boolean) => Promise<void>,
  ): Observable<MessageEvent> {
    this.listen();
    return new Observable<MessageEvent>((subscriber) => {
      const open = this.owners.get(owner) ?? 0;
      if (open >= STREAMS_OF_ONE_OWNER) return subscriber.error(new TooManyStreams());
      this.owners.set(owner, open + 1);
      const sendNew = begin();
      const send = (event: MessageEvent): boolean => {
        if (!subscriber.closed) subscriber.next(event);
        return !subscriber.closed;
      };
      let reading = false;
      let again = false;
      const refresh = async (): Promise<void> => {
        if (reading) {
          again = true;
          return;
        }
        reading = true;
        try {
          do {
            again = false;
            await sendNew(send);
          } while (again);
        } catch {
          subscriber.complete();
        } finally {
          reading = false;
        }
      };
      const onHint = (): void => void refresh();
      const onClose = (): void => subscriber.complete();
      this.hints.on(topic, onHint);
      this.hints.on('listening', onHint);
      this.hints.on('close', onClose);
      const timer = setInterval(onHint, REREAD_EVERY_MS);
      const end = setTimeout(onClose, LIFE_MS);
      onHint();
      return () => {
        clearInterval(timer);
        clearTimeout(end);
        const left = this.owners.get(owner)! - 1;
        if (left > 0) this.owners.set(owner, left);
        else this.owners.delete(owner);
        this.hints.off(topic, onHint);
        this.hints.off('listening', onHint);
        this.hints.off('close', onClose);
      };
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    this.hints.emit('close');
    await this.listener?.end().catch(() => undefined);
  }

  /** One connection of a process listens, from the first stream on; when it breaks, a new one takes its place. */
  private listen(): void {
    if (this.listener || this.connecting || this.closed) return;
    this.connecting = true;
    const client = new Client({
      connectionString: this.config.DATABASE_DIRECT_URL ?? this.config.DATABASE_URL!,
      keepAlive: true,
      application_name: 'muse-streams',
    });
    const lost = (): void => {
      this.listener = undefined;
      this.connecting = false;
      if (!this.closed) setTimeout(() => this.listen(), RECONNECT_MS).unref();
    };
    client.on('error', (error) => this.logger.warn({ message: 'listener lost', reason: error.message }));
    client.once('end', lost);
    client.on('notification', ({ payload }) => {
      if (payload) this.hints.emit(payload);
    });
    client
      .connect()
      .then(() => client.query(`LISTEN ${STREAM_CHANNEL}`))
      .then(
        () => {
          this.listener = client;
          this.connecting = false;
          // Closed while it was connecting: nobody else would end it.
          if (this.closed) void client.end().catch(() => undefined);
          // What changed while nobody listened has told nobody.
          this.hints.emit('listening');
        },
        () =>
          client
            .end()
            .catch(() => undefined)
            .then(lost),
      );
  }
}
