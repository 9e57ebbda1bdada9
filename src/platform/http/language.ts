import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

/** The languages that people are written to in; the first where they ask for none of them. */
export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The best of our languages for an Accept-Language header; undefined where it asks for none of them. */
export function languageOf(header: string | undefined): Language | undefined {
  if (header === undefined) return undefined;
  const asked = new Negotiator({ headers: { 'accept-language': header.slice(0, 500) } });
  return asked.language([...LANGUAGES]) as Language | undefined;
}

/** The language that the request asks for, if it is one of ours. */
export const AcceptedLanguage = createParamDecorator((_: unknown, context: ExecutionContext): Language | undefined =>
  languageOf(context.switchToHttp().getRequest<FastifyRequest>().headers['accept-language']),
);

/** Documents the Accept-Language header of a route. */
export const TakesLanguage = () =>
  applyDecorators(
    ApiHeader({
      name: 'Accept-Language',
      required: false,
      description: 'Language to be written to in: the best of en and es',
      example: 'es-VE, es;q=0.9, en;q=0.5',
    }),
  );
