import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** package.json lies above dist/src/platform/config, or above src/platform/config where the sources run as they are. */
const FILE = ['../../../..', '../../..']
  .map((up) => join(__dirname, up, 'package.json'))
  .find((path) => existsSync(path));

/** The version of the program, as package.json has it. */
export const VERSION: string = FILE
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as { version: string }).version
  : 'unknown';
