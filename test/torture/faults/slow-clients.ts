import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange } from '../harness/client';
import type { Random } from '../harness/random';
import type { Findings } from '../harness/report';
import type { World } from '../harness/world';
import { slowHttpTest, type Attack } from './slowhttptest';
import { Stage } from './stage';

const EACH = 150;
/** Nine of ten others are served as fast as this while the slow ones hold on, on a machine that has much else to do. */
const OTHERS_WITHIN_MS = 3_000;
/** A request that has not come by then is no request. */
const GIVEN_UP_WITHIN_MS = 45_000;

class Slow {
  closed = false;
  answer = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly socket: Socket,
    text: string,
    everyMs: number,
  ) {
    let at = 0;
    this.timer = setInterval(() => {
      if (at < text.length) socket.write(text[at++]!);
    }, everyMs);
    socket.on('data', (part) => (this.answer += part.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      clearInterval(this.timer);
    });
  }

  end(): void {
    clearInterval(this.timer);
    this.socket.destroy();
  }
}

/** Slow headers, slow bodies, and readers that do not read: they are got rid of, and nobody else notices. */
export const slowClients = (random: Random) => (world: World, findings: Findings) =>
  Stage.play(world, findings, random, async ({ apis }) => {
    const { port } = apis[0]!;
    const open = () => connect(port, '127.0.0.1').setNoDelay(true);
    const slow: Slow[] = [];
    const headers = `GET /api/v1/stores HTTP/1.1\r\nHost: muse\r\nX-Slow: ${'a'.repeat(500)}`;
    const body = `{"email":"${'a'.repeat(400)}`;
    for (let n = 0; n < EACH; n++) {
      slow.push(new Slow(open(), headers, 1_000));
      const socket = open();
      socket.write(
        'POST /api/v1/auth/login HTTP/1.1\r\nHost: muse\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n',
      );
      slow.push(new Slow(socket, body, 1_000));
    }
    // Who asks for a lot and takes nothing of it: what waits for them is bounded by what they asked for.
    const readers = Array.from({ length: EACH }, () => {
      const socket = open();
      socket.on('error', () => undefined);
      socket.pause();
      socket.write('GET /api/docs-json HTTP/1.1\r\nHost: muse\r\n\r\n');
      return socket;
    });

    const began = Date.now();
    const waits: number[] = [];
    while (slow.some(({ closed }) => !closed) && Date.now() - began < GIVEN_UP_WITHIN_MS) {
      const sent = performance.now();
      const { status } = await exchange(port, 'GET', '/api/v1/stores');
      waits.push(performance.now() - sent);
      findings.holds(status === 200, `somebody else was answered ${status}`);
      await sleep(500);
    }
    const left = slow.filter(({ closed }) => !closed).length;
    findings.holds(
      left === 0,
      `${left} of ${slow.length} slow requests were still waited for after ${GIVEN_UP_WITHIN_MS} ms`,
    );
    const usual = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.9)] ?? Infinity;
    findings.holds(usual < OTHERS_WITHIN_MS, `one in ten of the others waited ${usual.toFixed(0)} ms`);
    const told = slow.filter(({ answer }) => answer.startsWith('HTTP/1.1 408')).length;
    findings.notes.push(
      `${slow.length} slow senders gone after ${((Date.now() - began) / 1000).toFixed(0)} s (${told} told 408), ${readers.length} did not read; nine in ten of the others waited less than ${usual.toFixed(0)} ms, the slowest ${Math.max(...waits).toFixed(0)} ms`,
    );
    for (const one of slow) one.end();
    for (const reader of readers) reader.destroy();
    await slowHttpTests(port, world.ground.directory, findings);
  });

/** The same by slowhttptest, where it is installed: another's idea of slow, and of whether others are served. */
async function slowHttpTests(port: number, directory: string, findings: Findings): Promise<void> {
  const attacks: [Attack, string][] = [
    ['H', 'headers'],
    ['B', 'bodies'],
    ['X', 'readers'],
  ];
  const results = await Promise.all(attacks.map(([attack]) => slowHttpTest(attack, port, EACH, directory)));
  for (const [index, result] of results.entries()) {
    const [attack, name] = attacks[index]!;
    if (!result) return void findings.notes.push('slowhttptest is not on the PATH: only our own slow clients came');
    const { cut, seconds, available } = result;
    // A slow reader takes what it asked for: it may take its time, as long as nobody else pays for it.
    if (attack !== 'X') findings.holds(cut, `slowhttptest: slow ${name} were still waited for after ${seconds} s`);
    findings.holds(
      available >= 0.9,
      `slowhttptest, slow ${name}: others served in ${available * 100} % of the seconds`,
    );
    findings.notes.push(
      `slowhttptest: ${EACH} slow ${name}, ${cut ? 'cut' : 'connected'} after ${seconds} s, others served in ${(available * 100).toFixed(0)} % of the seconds`,
    );
  }
}
