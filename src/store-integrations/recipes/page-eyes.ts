import type { ElementHandle, Frame, Page } from 'puppeteer-core';
import { inPage, type ElementState, type Look } from './in-page';
import { UNREADABLE, readValue, type Writing } from './read-value';
import type { Candidate, ListReading, Reading, Target } from './recipe';
import { filled, type Values } from './recipe-template';

/** One frame that does not answer (a page between two documents, a frame that hangs) must not stop the look at the others. */
const A_LOOK_MS = 2_000;
const MOST_FRAMES = 30;

/** An element that a target was found by. */
export interface Found {
  element: ElementHandle;
  frame: Frame;
  /** Which candidate served, from 0. */
  place: number;
  by: Candidate['by'];
}

/** How often each candidate of each target is seen, a frame each. */
export type Survey = { frame: Frame; counts: number[][] }[];

/** Looks at a page, all of its frames and open shadow roots; changes nothing. */
export class PageEyes {
  constructor(
    private readonly page: Page,
    private readonly writing: Writing,
  ) {}

  /** In one look a frame. A frame that gives no answer shows nothing. */
  async survey(targets: Target[]): Promise<Survey> {
    if (targets.length === 0) return [];
    const frames = this.page.frames().slice(0, MOST_FRAMES);
    const looks = frames.map(async (frame) => ({
      frame,
      counts: await this.ask<number[][]>(frame, { ask: 'survey', targets }),
    }));
    return (await Promise.all(looks)).flatMap(({ frame, counts }) => (counts ? [{ frame, counts }] : []));
  }

  async isSeen(target: Target): Promise<boolean> {
    return (await this.survey([target])).some(({ counts }) => counts[0]!.some((count) => count > 0));
  }

  /** Of the first candidate that finds any. */
  async count(target: Target): Promise<number> {
    const survey = await this.survey([target]);
    for (const place of target.keys()) {
      const count = survey.reduce((sum, { counts }) => sum + counts[0]![place]!, 0);
      if (count > 0) return count;
    }
    return 0;
  }

  /**
   * The element of the first candidate that finds exactly one, or its `nth`. `any`: the first of several will do, where
   * nothing hangs on which it is.
   */
  async find(target: Target, any = false): Promise<Found | null> {
    const survey = await this.survey([target]);
    for (const [place, candidate] of target.entries()) {
      const at = placeOf(survey, place, candidate, any);
      if (!at) continue;
      const element = await this.pick(at.frame, candidate, at.index);
      if (element) return { element, frame: at.frame, place, by: candidate.by };
    }
    return null;
  }

  /** Null: it is not there, or UNREADABLE. */
  async read(reading: Reading): Promise<string | number | null | typeof UNREADABLE> {
    const survey = await this.survey([reading.from]);
    for (const [place, candidate] of reading.from.entries()) {
      const at = placeOf(survey, place, candidate, true);
      if (!at) continue;
      const { as, attribute, pattern } = reading;
      const look: Look = { ask: 'read', candidate, place: at.index, reading: { as, attribute, pattern } };
      const raw = await this.ask<string | null>(at.frame, look);
      if (raw !== null) return readValue(raw, reading, this.writing);
    }
    return null;
  }

  /** Each row's values; null where a row's reading says something else than was expected. */
  async readAll({ each, read }: ListReading): Promise<Record<string, string | number | null>[] | null> {
    const survey = await this.survey([each]);
    for (const [place, candidate] of each.entries()) {
      const frame = survey.find(({ counts }) => counts[0]![place]! > 0)?.frame;
      if (!frame) continue;
      const rows = await this.ask<Record<string, string | null>[]>(frame, { ask: 'readAll', each: candidate, read });
      if (rows) return this.valuesOf(rows, read);
    }
    return [];
  }

  private valuesOf(rows: Record<string, string | null>[], read: Record<string, Reading>) {
    const values = rows.map((row) =>
      Object.fromEntries(
        Object.entries(read).map(([name, reading]) => [name, readValue(row[name] ?? null, reading, this.writing)]),
      ),
    );
    const isWrong = values.some((row) =>
      Object.entries(row).some(([name, value]) => value === UNREADABLE || (value === null && !read[name]!.optional)),
    );
    return isWrong ? null : (values as Record<string, string | number | null>[]);
  }

  /** Null where the page that it was on is gone. */
  state({ element, frame }: Pick<Found, 'element' | 'frame'>): Promise<ElementState | null> {
    const look: Look = { ask: 'state' };
    return within(
      A_LOOK_MS,
      frame.evaluate(inPage as (look: Look, given: unknown) => unknown, look, element) as Promise<ElementState>,
    );
  }

  private async pick(frame: Frame, candidate: Candidate, place: number): Promise<ElementHandle | null> {
    const look: Look = { ask: 'pick', candidate, place };
    const handle = await within(A_LOOK_MS, frame.evaluateHandle(inPage, look, null));
    const element = handle?.asElement() as ElementHandle | null | undefined;
    if (!element) await handle?.dispose().catch(() => undefined);
    return element ?? null;
  }

  private ask<T>(frame: Frame, look: Look): Promise<T | null> {
    return within(A_LOOK_MS, frame.evaluate(inPage, look, null) as Promise<T>);
  }
}

/** Where the element of a candidate is, or null: it is not there, or it is not the only one. */
function placeOf(
  survey: Survey,
  place: number,
  { nth }: Candidate,
  any: boolean,
): { frame: Frame; index: number } | null {
  const counts = survey.map(({ frame, counts }) => ({ frame, count: counts[0]![place]! }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0 || (total > 1 && nth === undefined && !any)) return null;
  let left = nth ?? 0;
  for (const { frame, count } of counts) {
    if (left < count) return { frame, index: left };
    left -= count;
  }
  return null;
}

/** Null where there is no answer in time, or the page that was asked is gone. */
export function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  return atMost(
    ms,
    work.catch(() => null),
  );
}

/** Null where it takes longer. */
export async function atMost<T>(ms: number, work: Promise<T> | undefined): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([work ?? null, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** With what a run was given; null where it names something that was not. */
export function targetWith(target: Target, values: Values): Target {
  return target.flatMap((candidate) => candidateWith(candidate, values) ?? []);
}

function candidateWith(candidate: Candidate, values: Values): Candidate | null {
  const outer = candidate.within ? candidateWith(candidate.within, values) : undefined;
  if (outer === null) return null;
  if (candidate.by === 'role') {
    const name = candidate.name === undefined ? undefined : filled(candidate.name, values);
    return name === null
      ? null
      : { ...candidate, ...(name === undefined ? {} : { name }), ...(outer ? { within: outer } : {}) };
  }
  if (candidate.by !== 'label' && candidate.by !== 'text') return { ...candidate, ...(outer ? { within: outer } : {}) };
  const is = filled(candidate.is, values);
  return is === null ? null : { ...candidate, is, ...(outer ? { within: outer } : {}) };
}
