import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { Config } from './platform/config';

/** The OpenAPI 3.1 document: the contract that clients build on. */
export function apiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Muse')
    .setDescription('Unified checkout: one cart over many stores, one checkout, one order per store.')
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: "A user's or a guest's access token" })
    .build();
  const document = SwaggerModule.createDocument(app, builder);
  // A route without a guard needs no token, and says so.
  for (const path of Object.values(document.paths)) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      const operation = path[method];
      if (operation) operation.security ??= [];
    }
  }
  return document;
}

/** Swagger UI at /api/docs, the document at /api/docs-json. */
export function serveApiDocument(app: NestFastifyApplication, _config: Config): void {
  SwaggerModule.setup('api/docs', app, () => apiDocument(app), {
    jsonDocumentUrl: 'api/docs-json',
    yamlDocumentUrl: 'api/docs-yaml',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
