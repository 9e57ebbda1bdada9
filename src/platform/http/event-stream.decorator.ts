import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

/** Documents a route of server-sent events: the name of its events, and what the data of each holds. */
export const EventStream = (event: string, data: Type): MethodDecorator =>
  applyDecorators(
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
