import { UseGuards, applyDecorators, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

/**
 * A stream may be silent for longer than any other connection. Node gives the next request its limit back. A guard, since
 * with an interceptor Nest begins the stream before it is known whether there is one.
 */
class MayBeSilent implements CanActivate {
  canActivate(context: ExecutionContext): true {
    context.switchToHttp().getRequest<FastifyRequest>().raw.socket.setTimeout(0);
    return true;
  }
}

/** A route of server-sent events: the name of its events, and what the data of each holds. */
export const EventStream = (event: string, data: Type): MethodDecorator =>
  applyDecorators(
    UseGuards(new MayBeSilent()),
    ApiExtraModels(data),
    ApiOkResponse({
      description: `Events named \`${event}\`, each with a whole ${data.name} as JSON in \`data\``,
      content: {
        'text/event-stream': {
          schema: { type: 'string', ...{ 'x-event': event, 'x-event-data': { $ref: getSchemaPath(data) } } },
          example: `event: ${event}\nid: 7\ndata: {"version":7, …}\n\n`,
        },
      },
    }),
  );
