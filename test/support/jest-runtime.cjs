// Jest reads every module anew for each test file: three thousand of them to start the application, two seconds of a
// processor, three hundred times. What is not of the tests holds nothing between files, so Node reads it once for each worker.
const { default: Runtime } = require('jest-runtime');
const { join, sep } = require('node:path');
const { compileFunction } = require('node:vm');
require('../../scripts/ts.cjs');

const root = join(__dirname, '..', '..');
const SHARED = ['node_modules', 'src', 'migrations'].map((folder) => join(root, folder) + sep);
const isShared = (path) => SHARED.some((folder) => path.startsWith(folder)) && !/[.]spec[.]ts$|[.]json$/.test(path);

// A file that runs alone runs in Jest's own process, where globalSetup has read some of this through Jest's transformer: the
// application would find two of every class.
const TRANSFORMED = ['src', 'migrations', join('node_modules', '@nestjs')].map((folder) => join(root, folder) + sep);
for (const path of Object.keys(require.cache))
  if (TRANSFORMED.some((folder) => path.startsWith(folder))) delete require.cache[path];

/**
 * What jest-circus needs of AsyncLocalStorage to know which test it is at: tests of a file run one after the other. Below
 * Node 24 the real one makes every promise of the process dearer, those of the application too.
 */
class OneAtATime {
  run(store, work) {
    const before = this.store;
    this.store = store;
    const end = () => this.store === store && (this.store = before);
    const result = work();
    if (typeof result?.then === 'function') result.then(end, end);
    else end();
    return result;
  }

  getStore() {
    return this.store;
  }
}
const ofCircus = /\/node_modules\/jest-circus\//;

module.exports = class extends Runtime {
  constructor(...args) {
    super(...args);
    const { executor } = this;
    executor.compile = (source, filename) =>
      executor.environment.global && compileFunction(source, executor.injectedModuleParameters, { filename });
  }

  requireModule(from, name, options, isActual) {
    if (name === 'node:async_hooks' && ofCircus.test(from)) return { AsyncLocalStorage: OneAtATime };
    if (name && !options?.isInternalModule && !this._resolution.isCoreModule(name)) {
      const path = this._resolution.resolveCjs(from, name);
      if (isShared(path)) return require(path);
    }
    return super.requireModule(from, name, options, isActual);
  }
};
