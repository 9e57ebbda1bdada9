import { afterFile } from './cleanup';
import type { Body, Shopper } from './shopper';
import type { RunningApp } from './app';

export interface ServerEvent {
  event: string;
  id: string;
  data: Body;
}

/** An open event stream: what it sent, in order. */
export interface OpenStream {
  status: number;
  contentType: string;
  seen: ServerEvent[];
  /** The first event, already seen or to come, that `wanted` is true of; fails after ten seconds. */
  until(wanted: (event: ServerEvent) => boolean, timeoutMs?: number): Promise<ServerEvent>;
  close(): void;
}

/** Opens a stream with the shopper's token; closed after the test file at the latest. */
export async function openStream(
  muse: RunningApp,
  shopper: Pick<Shopper, 'headers'>,
  path: string,
  more: Record<string, string> = {},
): Promise<OpenStream> {
  const abort = new AbortController();
  const response = await fetch(`${muse.url}/api/v1${path}`, {
    headers: { ...shopper.headers, ...more },
    signal: abort.signal,
  });
  const seen: ServerEvent[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  const reading = read(response, (event) => {
    seen.push(event);
    for (const wake of waiting) wake();
  })
    .catch(() => undefined)
    .finally(() => {
      over = true;
      for (const wake of waiting) wake();
    });
  const close = () => abort.abort();
  afterFile(async () => {
    close();
    await reading;
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    seen,
    close,
    until: (wanted, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          settle();
        };
        const fail = (why: string) => end(() => reject(new Error(`${path} ${why}; it sent ${JSON.stringify(seen)}`)));
        const timer = setTimeout(() => fail('did not send it in time'), timeoutMs);
        const look = () => {
          const found = seen.find(wanted);
          if (found) end(() => resolve(found));
          else if (over) fail('ended');
        };
        waiting.add(look);
        look();
      }),
  };
}

async function read(response: Response, take: (event: ServerEvent) => void): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) take(event);
    }
  }
}

function parse(block: string): ServerEvent | undefined {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join('\n');
  const data = field('data');
  return data === '' ? undefined : { event: field('event'), id: field('id'), data: JSON.parse(data) };
}
