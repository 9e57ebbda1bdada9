import { goTo, page, type Ask, type Reply, type Route } from '../http/ask';
import { html, type Markup } from '../http/html';
import type { Shop } from '../shop';
import { ANSWERS, PROMPTS, type ChallengeKind, type Point } from '../world/switches';

/** What stands in the way at this point, as a page; null: nothing does. `next`: where it goes on. */
export function inTheWay(shop: Shop, { visit }: Ask, point: Point, next: string): Reply | null {
  const kind = shop.buying.challenge(visit, point);
  if (kind === null) return null;
  visit.resume = { point, next };
  return page(challengePage(shop, kind, null), 200);
}

/** Where the answer goes; `resume` does what was kept waiting. */
export function challengeRoutes(shop: Shop, resume: (ask: Ask, point: Point, next: string) => Reply): Route[] {
  return [
    {
      ...{ method: 'POST', path: '/challenge/:kind', step: 'challenge' as const },
      run: (ask, [kind = '']) => {
        if (!(kind in ANSWERS) || !ask.visit.resume) return goTo('/');
        const { point, next } = ask.visit.resume;
        if (!shop.buying.answer(ask.visit, kind as ChallengeKind, ask.form.get('answer') ?? ''))
          return page(challengePage(shop, kind as ChallengeKind, 'That is not right. Please try again.'), 200);
        const more = inTheWay(shop, ask, point, next);
        if (more) return more;
        ask.visit.resume = null;
        return resume(ask, point, next);
      },
    },
  ];
}

const TITLES: Record<ChallengeKind, string> = {
  captcha: 'Are you a person?',
  oneTimeCode: 'Check your phone',
  securityQuestion: 'Security question',
  termsChanged: 'Our terms have changed',
};

function challengePage(shop: Shop, kind: ChallengeKind, wrong: string | null): Markup {
  const field =
    kind === 'termsChanged'
      ? html`<label
          ><input type="checkbox" id="accept-terms" name="answer" value="yes" /> I accept the new terms</label
        >`
      : html`<label for="challenge-answer">${LABELS[kind]}</label>
          <input
            type="text"
            id="challenge-answer"
            name="answer"
            autocomplete="${kind === 'oneTimeCode' ? 'one-time-code' : 'off'}"
          />`;
  const body = html`<h1>${TITLES[kind]}</h1>
    <p id="challenge-prompt" data-testid="challenge-prompt">${PROMPTS[kind]}</p>
    ${kind === 'captcha' && picture(ANSWERS.captcha)} ${wrong !== null && html`<p role="alert">${wrong}</p>`}
    <form method="post" action="/challenge/${kind}" data-testid="challenge-${kind}">
      ${field}
      <button type="submit" id="challenge-go">Continue</button>
    </form>`;
  return shop.manners.frame(TITLES[kind], body);
}

const LABELS: Record<ChallengeKind, string> = {
  captcha: 'Letters in the picture',
  oneTimeCode: 'Code',
  securityQuestion: 'Your answer',
  termsChanged: 'I accept the new terms',
};

/** Letters that only somebody who sees can read: none of them stands in the page as text. */
export function picture(letters: string): Markup {
  const strokes = [...letters].map((letter, place) => {
    const turned = ((letter.charCodeAt(0) * 37) % 40) - 20;
    return `<text x="${20 + place * 34}" y="45" font-size="34" font-family="monospace" transform="rotate(${turned} ${30 + place * 34} 40)">${letter}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="70"><rect width="200" height="70" fill="#eee"/>${strokes.join('')}<path d="M0 20 Q100 90 200 30" stroke="#999" fill="none"/></svg>`;
  return html`<img
    alt="Letters to type"
    width="200"
    height="70"
    src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}"
  />`;
}
