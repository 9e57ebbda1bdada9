import type { IncomingAnswer, OutgoingRequest } from '../../../platform/http-client';
import type { AnswerReader } from '../../protocols/answer-reader';
import { faultOfStatus, readAnswer, type StoreHttp } from '../../protocols/store-http';
import { StoreFault } from '../../protocols/store-fault';
import type { ClientToken } from './client-token';

export const CALL_MS = 15_000;

type Question = Pick<OutgoingRequest, 'method' | 'headers' | 'body'>;

/** Asks with a token; one that is refused is renewed once. Throws StoreFault. */
export async function withToken(
  http: StoreHttp,
  token: ClientToken,
  url: string,
  question: (bearer: string) => Question,
): Promise<IncomingAnswer> {
  for (let tries = 0; ; tries += 1) {
    const present = await token.get();
    const request = { ...question(`Bearer ${present}`), timeoutMs: CALL_MS, hasEffect: false };
    const answer = await http.send(url, request);
    if (answer.status !== 401 || tries > 0) return answer;
    token.drop(present);
  }
}

/** What an answer says; null where the carrier does not know the number. Throws StoreFault for every other refusal. */
export function answered<T>(answer: IncomingAnswer, read: (body: AnswerReader) => T | null): T | null {
  if (answer.status === 404) return null;
  const fault = faultOfStatus(answer, false, Date.now());
  if (fault?.kind === 'relink' || answer.status === 403)
    throw new StoreFault('unavailable', 'keys_refused', 'The carrier refuses our keys.');
  if (fault) throw fault;
  return readAnswer(answer.body, false, read);
}
