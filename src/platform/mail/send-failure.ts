/** What nodemailer says of a send that failed, as far as it decides what comes next. */
interface SendError {
  /** nodemailer's own: EENVELOPE, EMESSAGE, ETIMEDOUT … */
  code?: string;
  /** The server's: 421, 550 … */
  responseCode?: number;
}

export interface SendFailure {
  /** Whether the same mail would be refused again, so that it is not sent any more. */
  final: boolean;
  /** A code for log and row. Never the server's words: they may name the recipient. */
  code: string;
}

/** Parts of a conversation in which a server refuses this very mail, rather than us or the moment. */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/**
 * What becomes of a mail that could not be sent. A bounce (5xx to sender, recipient or message) is final, and so is an
 * address that cannot be written into an envelope. Anything else is tried again: a 4xx, a connection that was not had, was
 * lost or fell silent, a refused sign-in (our configuration, not the mail). A connection lost after the message was handed
 * over leaves the outcome unknown: that too is sent again, with the same Message-ID.
 */
export function sendFailure(error: unknown): SendFailure {
  const { code = 'EUNKNOWN', responseCode } = (error ?? {}) as SendError;
  const shown = responseCode === undefined ? code : String(responseCode);
  if (!ABOUT_THE_MAIL.has(code)) return { final: false, code: shown };
  // 503, bad sequence of commands, says that the conversation went wrong and not that the mail is refused.
  if (responseCode === undefined) return { final: code === 'EENVELOPE', code: shown };
  return { final: responseCode >= 500 && responseCode <= 599 && responseCode !== 503, code: shown };
}

/** Milliseconds until the next try: doubling from five seconds to half an hour. */
export function mailBackoffMs(attempts: number): number {
  return Math.min(5_000 * 2 ** Math.min(Math.max(0, attempts - 1), 20), 1_800_000);
}
