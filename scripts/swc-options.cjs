// How SWC compiles a source where the compiler itself is not needed: under Jest, and for entry points outside src.
// Has to agree with tsconfig.json.
module.exports = {
  typescript: {
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
  },
  /** An ES module of a dependency, for a loader that takes only CommonJS. */
  esModule: {
    module: { type: 'commonjs' },
    sourceMaps: false,
    jsc: { target: 'es2023', parser: { syntax: 'ecmascript' } },
  },
};
