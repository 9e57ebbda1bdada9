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
    route.preParsing = async (request, reply, payload) => {
      const bytes = await read(payload, limit).catch((error: unknown) => {
        // What is still on its way is not waited for.
        void reply.header('connection', 'close');
        throw error;
      });
      (request as RequestWithRawBody).rawBody = bytes;
      // Nothing is left to parse; its length is still what the request says.
      return Object.assign(Readable.from([]), { receivedEncodedLength: bytes.length });
    };
  });
}

/** Not by iterating: to stop that before the end destroys the connection, and with it the answer. */
function read(payload: RequestPayload, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) return chunks.push(chunk);
      payload.off('data', take).resume();
      return reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
    };
    payload.on('data', take);
    payload.once('end', () => resolve(Buffer.concat(chunks, length)));
    payload.once('error', reject);
    payload.once('close', () => reject(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH()));
  });
}
