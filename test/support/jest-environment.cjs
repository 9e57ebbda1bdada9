// The tests run in the process's own realm, so that what was read for one file is there for the next (jest-runtime.cjs), and
// an Error or a Date of one module is one to every other. Each file cleans up after itself (after-file.ts).
const { LegacyFakeTimers, ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

const timerConfig = { idToRef: (id) => ({ id, ref: () => id, unref: () => id }), refToId: (timer) => timer?.id };

module.exports = class {
  constructor({ projectConfig }) {
    const global = globalThis;
    this.global = global;
    this.kept = { console: global.console, exit: process.exit };
    this.moduleMocker = new ModuleMocker(global);
    this.fakeTimers = new LegacyFakeTimers({
      config: projectConfig,
      global,
      moduleMocker: this.moduleMocker,
      timerConfig,
    });
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global });
    Error.stackTraceLimit = 100;
  }

  async setup() {}

  async teardown() {
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    this.global.console = this.kept.console;
    process.exit = this.kept.exit;
    this.global = null;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** Something, for there is one: the runtime compiles in the process's own. */
  getVmContext() {
    return this.global;
  }
};
