import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';

/** One wrong place in a request. */
export class FieldErrorDto {
  @ApiProperty({ description: 'JSON pointer (RFC 6901) to the wrong place', example: '/quantity' })
  pointer: string;

  @ApiProperty({ description: 'What is allowed there', example: 'quantity must not be less than 1' })
  detail: string;
}

/** RFC 9457 problem document. */
export class ProblemDto {
  @ApiProperty({ description: 'A name for the kind of problem', example: 'urn:muse:problem:not_found' })
  type: string;

  @ApiProperty({ description: 'A short summary of the kind', example: 'Not found' })
  title: string;

  @ApiProperty({ description: 'The HTTP status', example: 404 })
  status: number;

  @ApiProperty({ description: 'Stable code to branch on; docs/errors.md lists every one', example: 'not_found' })
  code: string;

  @ApiProperty({ description: 'What went wrong this time', example: 'There is no such order.' })
  detail: string;

  @ApiProperty({ description: 'The path that was asked for', example: '/api/v1/orders/018f…' })
  instance: string;

  @ApiProperty({ description: 'Quote it to support', example: '0c4f1c1e-6f0e-4a7f-9d5e-7f6d5b1f0b53' })
  requestId: string;

  @ApiProperty({ type: [FieldErrorDto], required: false, description: 'For validation: every wrong place' })
  errors?: FieldErrorDto[];
}

const MEANING: Record<number, string> = {
  400: 'The request is not of the documented form',
  401: 'No token, or one that is not valid',
  403: 'The route is not for this role',
  404: "Unknown, or another's",
  409: 'The present state does not allow this',
  412: 'If-Match names an older version',
  413: 'The body is too large',
  422: 'Well formed, but cannot be carried out as it is',
  429: 'Too many requests; see Retry-After',
  500: 'Our fault',
  503: 'Not available at the moment; see Retry-After',
};

/** Documents the problems of a route by number; 500 and 503 come with each by itself. */
export function Problems(...statuses: (keyof typeof MEANING)[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...[...statuses, 500, 503].map((status) =>
      ApiResponse({
        status,
        description: MEANING[status] ?? 'Problem',
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
      }),
    ),
  );
}
