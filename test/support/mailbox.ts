import { simpleParser, type ParsedMail } from 'mailparser';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningApp } from './app';
import { eventually } from './shopper';

/** A mail as it lies in the folder of a development server. */
export interface Mail {
  kind: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  raw: ParsedMail;
}

/** Every mail that was written, the oldest first. */
export async function mailsOf(muse: Pick<RunningApp, 'config'>): Promise<Mail[]> {
  const folder = join(muse.config.MUSE_DATA_DIR!, 'mail');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(
    names.map(async (name) => {
      const raw = await simpleParser(await readFile(join(folder, name)));
      const to = (raw.to as { text: string }).text;
      const kind = /-([a-z_]+)\.eml$/.exec(name)![1]!;
      return { kind, to, subject: raw.subject!, text: raw.text!, html: raw.html as string, raw };
    }),
  );
}

/** The latest mail of a kind to an address, once it is there. */
export function mailTo(muse: Pick<RunningApp, 'config'>, to: string, kind: string): Promise<Mail> {
  return eventually(async () => (await mailsOf(muse)).findLast((mail) => mail.to === to && mail.kind === kind));
}

/** What the link to a page carries behind its #. */
export function linkIn(
  mail: Mail,
  page: 'order' | 'verify' | 'reset' | 'conversation',
): { token: string; order: string; url: URL } {
  const url = new URL(new RegExp(`https?://\\S+/m/${page}#\\S+`).exec(mail.text)![0]);
  const carried = new URLSearchParams(url.hash.slice(1));
  return { token: carried.get('token')!, order: carried.get('order')!, url };
}
