// Writes openapi.json from the build; with --check says whether the one that is there is true. Needs no database: in
// preview Nest makes the modules' graph and no instance.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';

await ensureBuilt();
const require = createRequire(import.meta.url);
require('reflect-metadata');
const { NestFactory } = require('@nestjs/core');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const { AppModule } = require('../dist/src/app.module.js');
const { apiDocument } = require('../dist/src/openapi.js');
const { readConfig } = require('../dist/src/platform/config/index.js');

const path = join(fileURLToPath(new URL('..', import.meta.url)), 'openapi.json');
// The document must not depend on who makes it.
const config = readConfig({ NODE_ENV: 'test' });
const app = await NestFactory.create(AppModule.of(config), new FastifyAdapter(), {
  preview: true,
  logger: false,
  abortOnError: false,
});
app.setGlobalPrefix('api/v1');
const made = `${JSON.stringify(apiDocument(app), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(path, made);
  console.log(`Wrote openapi.json: ${count(made)} operations.`);
} else {
  const present = readOr(path, '');
  if (present === made) console.log(`openapi.json is true: ${count(made)} operations.`);
  else {
    console.error(
      `openapi.json is not what the program says of itself: run "npm run openapi" and look at the difference.\n${difference(present, made)}`,
    );
    process.exitCode = 1;
  }
}
process.exit();

function count(text) {
  return Object.values(JSON.parse(text).paths).reduce((sum, item) => sum + Object.keys(item).length, 0);
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

/** The first lines that differ, to say where to look. */
function difference(before, after) {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const first = fresh.findIndex((line, place) => line !== old[place]);
  const show = (lines, mark) => lines.slice(first, first + 6).map((line) => `${mark} ${line}`);
  return [`from line ${first + 1}:`, ...show(old, '-'), ...show(fresh, '+')].join('\n');
}
