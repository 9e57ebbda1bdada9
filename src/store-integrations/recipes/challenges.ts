import type { Page } from 'puppeteer-core';
import type { FlowCallbacks, FlowChallenge } from './flow';
import type { PageEyes } from './page-eyes';
import type { PageHands } from './page-hands';
import { maskedPicture } from './pictures';
import type { SectionName, Sign, Target } from './recipe';
import type { RunClock } from './run-clock';
import { Stopped, asCaller } from './stopped';

/** What of a run a challenge has to do with. */
export interface Challenged {
  page: Page;
  eyes: PageEyes;
  hands: PageHands;
  clock: RunClock;
  /** What is covered in pictures; what the shopper answers is added. */
  secrets: string[];
  isSeen(): Promise<boolean>;
  /** Shuts what lies over the page. */
  clearWay(): Promise<void>;
  target(target: Target): Target;
  at: { section: SectionName; step: string };
  round: number;
  onChallenge: FlowCallbacks['onChallenge'];
}

const MOST_ROUNDS = 5;
const GOES_AWAY_MS = 5_000;
const LOOK_EVERY_MS = 60;

/**
 * Asks the shopper, puts in what they answered, and returns once the page has gone on, or asks again. Throws Stopped
 * `challenge` where nobody answers, or never rightly. The page stays as it is while they think.
 */
export async function answerChallenge(run: Challenged, sign: Sign & { means: 'challenge' }): Promise<void> {
  const { kind } = sign;
  if (run.round > MOST_ROUNDS) throw new Stopped('challenge', `sign: ${sign.name}: not answered rightly`, kind);
  await run.clearWay();
  const challenge = await challengeOf(run, sign);
  const answer = await run.clock.without(() => asCaller(async () => run.onChallenge?.(challenge) ?? 'unanswered'));
  if (answer === 'unanswered') throw new Stopped('challenge', `sign: ${sign.name}: unanswered`, kind);
  run.secrets.push(...Object.values(answer));
  // It may have come while they thought.
  await run.clearWay();
  const first = await putIn(run, sign, answer);
  // Gone, or asked again by a page that has been made anew.
  for (const until = run.clock.now() + GOES_AWAY_MS; run.clock.now() < until;) {
    if (!(await run.isSeen())) return;
    if (first && !(await run.eyes.state(first))?.connected) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function challengeOf(run: Challenged, sign: Sign & { means: 'challenge' }): Promise<FlowChallenge> {
  const picture = await maskedPicture(run.page, run.secrets);
  const prompt = sign.prompt ? await run.eyes.read({ from: run.target(sign.prompt), as: 'text' }) : null;
  return {
    ...{ kind: sign.kind, ...run.at, round: run.round, picture: picture ?? Buffer.alloc(0) },
    prompt: typeof prompt === 'string' ? prompt : null,
    fields: sign.fields.map(({ name, label, type }) => ({ name, label, type })),
  };
}

async function putIn(run: Challenged, sign: Sign & { means: 'challenge' }, answer: Record<string, string>) {
  let first = null;
  for (const { name, type, target } of sign.fields) {
    const value = answer[name];
    const found = value === undefined ? null : await run.eyes.find(run.target(target), true);
    if (value === undefined || !found) continue;
    first ??= found;
    if (type === 'confirm') {
      const at = await run.hands.ready(found);
      const isOn = (await run.eyes.state(found))?.checked === true;
      if ('x' in at && isOn !== (value === 'true')) await run.hands.click(at);
    } else await run.hands.fill(found, value, false);
  }
  const submit = sign.submit ? await run.eyes.find(run.target(sign.submit), true) : null;
  const at = submit && (await run.hands.ready(submit));
  if (at && 'x' in at) await run.hands.click(at);
  else if (first) await run.hands.press(first, 'Enter');
  return first;
}
