export type SpanKind = 'server' | 'client' | 'consumer';
export type Attributes = Record<string, string | number>;

/** Ends a span that was begun by hand; `failed` marks it so. */
export interface OpenSpan {
  /** Runs `work` so that spans begun in it are its children. */
  around<T>(work: () => T): T;
  end(attributes: Attributes, failed: boolean): void;
}

/** Who makes spans, while anybody collects them. */
export interface Spans {
  open(name: string, kind: SpanKind, attributes: Attributes, traceparent?: string): OpenSpan;
  /** The present span in the form of W3C Trace Context. */
  traceparent(): string | null;
}

let spans: Spans | undefined;

/** Set once, before the application is made, by startTracing. */
export function collectBy(collector: Spans | undefined): void {
  spans = collector;
}

export function isTracing(): boolean {
  return spans !== undefined;
}

/** What a job carries, so that its trace goes on in another process; null while nobody collects. */
export function traceparent(): string | null {
  return spans === undefined ? null : spans.traceparent();
}

/** Begins a span that `end` closes. Only while isTracing(). */
export function openSpan(name: string, kind: SpanKind, attributes: Attributes, traceparent?: string): OpenSpan {
  return spans!.open(name, kind, attributes, traceparent);
}

/** Runs `work` in a span; while nobody collects, that costs one comparison. Attributes are names and numbers, never data of people. */
export async function inSpan<T>(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: () => Promise<T>,
  traceparent?: string,
): Promise<T> {
  if (spans === undefined) return work();
  const span = spans.open(name, kind, attributes, traceparent);
  let failed = true;
  try {
    const result = await span.around(work);
    failed = false;
    return result;
  } finally {
    span.end({}, failed);
  }
}
