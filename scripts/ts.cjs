// Runs TypeScript with decorator metadata, without a build: node -r ./scripts/ts.cjs bench/main.ts
// Compiled files are kept in node_modules/.cache, by their contents.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { version } = require('@swc/core/package.json');
const options = require('./swc-options.cjs');

const cache = join(__dirname, '..', 'node_modules', '.cache', 'muse-ts');
mkdirSync(cache, { recursive: true });
// They are read with each file: half a second of a start of the program, which tests do without.
if (process.env.MUSE_SOURCE_MAPS !== '0') process.setSourceMapsEnabled(true);

Module._extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  const key = createHash('sha256')
    .update(`${version}\n${JSON.stringify(options)}\n${filename}\n${source}`)
    .digest('hex');
  module._compile(
    cached(join(cache, `${key}.js`), () => compile(source, filename)),
    filename,
  );
};

function compile(source, filename) {
  // Only where something has to be compiled: it takes a tenth of a second to load.
  return require('@swc/core').transformSync(source, {
    ...options.typescript,
    filename,
    configFile: false,
    swcrc: false,
  }).code;
}

function cached(path, make) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const code = make();
    // Written aside and moved: another process may read at the same time.
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
    return code;
  }
}
