import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { Config } from '../../../platform/config';
import { PROFILE_PATH, platformProfile } from './platform-profile';
import { SigningKeys } from './signing-keys';
import { UCP_VERSIONS, type UcpVersion } from './ucp-versions';

/** A new key is published a day before it signs: an hour in caches is well within. */
const CACHE_CONTROL = 'public, max-age=3600';

/**
 * Who Muse is to stores, where UCP looks for it: not of the API, the same for everybody, and to be cached. Each version
 * has its own; the newest stands at the well-known place too.
 */
export function serveUcpProfile(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const keys = app.get(SigningKeys, { strict: false });
  const { PUBLIC_URL } = app.get(Config, { strict: false });
  const answer = (version: UcpVersion) => async (request: FastifyRequest, reply: FastifyReply) => {
    const body = JSON.stringify(platformProfile(PUBLIC_URL, version, await keys.published()));
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    void reply.headers({ 'cache-control': CACHE_CONTROL, etag, 'content-type': 'application/json; charset=utf-8' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send('');
    return reply.send(body);
  };
  fastify.get(PROFILE_PATH, answer(UCP_VERSIONS[0]));
  for (const version of UCP_VERSIONS) fastify.get(`${PROFILE_PATH}/${version}`, answer(version));
}
