import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { languageOf } from '../../platform/http';
import { HandoffOpens } from './handoff-opens';
import { linkPage } from './link-pages';
import { isOpen, isPrefetch } from './who-opens';

const CLICK_ID = /^[a-z0-9]{26,32}$/;
const PLACE = /^[1-9]\d{0,2}$/;
/** Too Early (RFC 8470): a browser that fetches in advance asks again when its link is followed, and is counted then. */
const NOT_IN_ADVANCE = 425;
const STATUS = { over: 410, unknown: 404 } as const;

/** Beside what every answer says: no referrer, no cache, no script, no frame. */
const HEADERS = { 'x-robots-tag': 'noindex, nofollow', 'content-type': 'text/html; charset=utf-8' };

/**
 * The links that shoppers follow to stores, `/r/{clickId}` and `/r/{clickId}/{n}`: not of the API, opened by a browser
 * without a token. The answer depends on the click id and the row behind it, on nothing else of the request.
 */
export function serveHandoffLinks(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const opens = app.get(HandoffOpens, { strict: false });
  const follow = async (request: FastifyRequest, reply: FastifyReply) => {
    const { clickId, place } = request.params as { clickId: string; place?: string };
    const { method, headers } = request;
    void reply.headers(HEADERS);
    if (isPrefetch(headers)) return reply.code(NOT_IN_ADVANCE).send('');
    const isLink = CLICK_ID.test(clickId) && (place === undefined || PLACE.test(place));
    const opened = isLink ? await opens.open(clickId, Number(place ?? 0), isOpen(method, headers)) : 'unknown';
    if (typeof opened === 'object') return reply.code(302).header('location', opened.to).send('');
    return reply.code(STATUS[opened]).send(linkPage(opened, languageOf(headers['accept-language']) ?? 'en'));
  };
  fastify.get('/r/:clickId', follow);
  fastify.get('/r/:clickId/:place', follow);
}
