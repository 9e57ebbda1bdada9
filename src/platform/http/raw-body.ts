import { RouteConfig } from '@nestjs/platform-fastify';
import { errorCodes, type FastifyInstance, type FastifyRequest, type RequestPayload } from 'fastify';
import { Readable } from 'node:stream';

const CONFIG = 'rawBodyBytes';

export interface RequestWithRawBody extends FastifyRequest {
  /** The bytes of the body as they came. */
  rawBody: Buffer;
}

/**
 * A route that gets the bytes of its body as they came (`rawBody`), so many at most, and no parsed body: whoever checks a
 * signature on them must not have them written anew, nor anything of them read before.
 */
export const RawBody = (limitBytes: number): MethodDecorator => RouteConfig({ [CONFIG]: limitBytes });

/** Keeps raw bodies of the routes that ask for them; other routes pass nothing of this. Before routes are made. */
export function keepRawBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const limit = (route.config as Record<string, unknown> | undefined)?.[CONFIG] as number | undefined;
    if (limit === undefined) return;
    route.bodyLimit = limit;
    route.preParsing = async (request, _reply, payload) => {
      const bytes = await read(payload, limit);
      (request as RequestWithRawBody).rawBody = bytes;
      // Nothing is left to parse; its length is still what the request says.
      return Object.assign(Readable.from([]), { receivedEncodedLength: bytes.length });
    };
  });
}

async function read(payload: RequestPayload, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
