// Jest 30 cannot require() an ES module below Node 24.9, and Nest is one. So TypeScript is compiled, a dependency is
// compiled when it is an ES module, and everything else is handed through. Can go when Node 24.9 is the floor.
const { createTransformer } = require('@swc/jest');
const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const options = require('../../scripts/swc-options.cjs');

const own = { configFile: false, swcrc: false };
const typescript = createTransformer({ ...own, ...options.typescript });
const esModule = createTransformer({ ...own, ...options.esModule });
const kinds = new Map();

/** The "type" of the package.json nearest to a folder. */
function typeOf(folder) {
  const known = kinds.get(folder);
  if (known) return known;
  const path = join(folder, 'package.json');
  const parent = dirname(folder);
  const type = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')).type ?? 'commonjs')
    : parent === folder
      ? 'commonjs'
      : typeOf(parent);
  kinds.set(folder, type);
  return type;
}

function transformerFor(filename) {
  if (/\.[cm]?ts$/.test(filename)) return typescript;
  if (filename.endsWith('.cjs')) return undefined;
  return filename.endsWith('.mjs') || typeOf(dirname(filename)) === 'module' ? esModule : undefined;
}

module.exports = {
  canInstrument: false,
  process(source, filename, transform) {
    return transformerFor(filename)?.process(source, filename, transform) ?? { code: source };
  },
  getCacheKey(source, filename, transform) {
    const transformer = transformerFor(filename);
    return transformer
      ? transformer.getCacheKey(source, filename, transform)
      : createHash('sha1').update(`as it is\n${filename}\n${source}`).digest('hex');
  },
};
