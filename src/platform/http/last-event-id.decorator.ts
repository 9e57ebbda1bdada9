import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { DomainError } from './domain-error';

class MalformedLastEventId extends DomainError {
  constructor() {
    super('last_event_id_malformed', 400, 'Last-Event-ID must be the id of an event that this stream sent, such as 7.');
  }
}

/** The number of the last event that the client has seen of a list's stream; undefined where it has seen none. */
export const LastEventId = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  // A client that has not seen any may send an empty one.
  if (header === undefined || header === '') return undefined;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) throw new MalformedLastEventId();
  return Number(header);
});

/** Documents the Last-Event-ID header of a list's stream. */
export const TakesLastEventId = () =>
  applyDecorators(
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'Id of the last event that you have seen: the stream goes on behind it. Without: from now on',
      example: '41',
    }),
  );
