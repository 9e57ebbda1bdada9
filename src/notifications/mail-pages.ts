import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** They are served as they stand in the sources, from the build too: there is nothing to compile. */
const PAGES_FOLDER = join(
  __dirname,
  __dirname.includes(join('dist', 'src')) ? '../../../src/notifications/pages' : 'pages',
);

/** By path: the file, and what it is. */
const PAGES: Record<string, [file: string, type: string]> = {
  '/m/order': ['order.html', 'text/html'],
  '/m/conversation': ['conversation.html', 'text/html'],
  '/m/verify': ['verify.html', 'text/html'],
  '/m/reset': ['reset.html', 'text/html'],
  // No mail leads here, but a store at which an account was linked by a client without a page of its own.
  '/m/linked': ['linked.html', 'text/html'],
  '/m/pages.js': ['pages.js', 'text/javascript'],
  '/m/pages.css': ['pages.css', 'text/css'],
};

/**
 * What a page may do: run the one script that is served beside it and call this server, and nothing else; no frame may
 * show it, and it says to nobody where it was.
 */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-cache',
};

/**
 * The pages that links in mails lead to where no front end serves them. They are the same for everybody: token and order
 * stand behind the # of the link, which the browser keeps to itself, and the page's script asks the API with them.
 */
export function serveMailPages(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  for (const [path, [file, type]] of Object.entries(PAGES)) {
    const content = readFileSync(join(PAGES_FOLDER, file));
    fastify.get(path, (_request, reply) =>
      reply.headers({ ...HEADERS, 'content-type': `${type}; charset=utf-8` }).send(content),
    );
  }
}
