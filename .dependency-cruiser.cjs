// The rows of modules, top to bottom: a module imports only from rows below its own, through their index.ts, and never
// from its own row. In the ground row one name on the left may import those to its right.
const ROWS = [
  ['demo'],
  ['back-office'],
  ['notifications'],
  ['checkout-session'],
  ['messaging', 'trust'],
  ['orders'],
  ['cart'],
  ['store-integrations'],
  ['payments'],
  ['catalog'],
  ['inventory'],
  ['stores'],
  ['pricing'],
  ['identity'],
];
const MODULES = ROWS.flat();
const anyOf = (names) => `(${names.join('|')})`;

/** For each module: it may not import its neighbours of the row, nor anything above. */
const rows = ROWS.flatMap((row, place) =>
  row.map((name) => {
    const forbidden = [...ROWS.slice(0, place).flat(), ...row.filter((other) => other !== name)];
    return {
      name: `row-of-${name}`,
      comment: `${name} may import only from the rows below its own. What it has to tell upwards is a domain event.`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/${anyOf([...forbidden, '-'])}/` },
    };
  }),
);

module.exports = {
  forbidden: [
    ...rows,
    {
      name: 'requests-go-out-by-the-safe-client',
      comment:
        'Whatever address is asked for passes its list of private ones (platform/http-client). Servers and their types are no requests.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(platform/(http-client|http|browser)/|main\\.ts$|bootstrap\\.ts$)' },
      to: { path: '^(node:)?https?$|^(node_modules/)?(undici|axios|got|ky|superagent|node-fetch)(/|$)' },
    },
    {
      name: 'known-module',
      comment: 'A folder of src has a place among the rows of .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(platform|${MODULES.join('|')})/` },
      to: {},
    },
    {
      name: 'front-door',
      comment:
        "A module is imported through its index.ts. (Tests may look inside; in src only the module's own files may.)",
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: `^src/${anyOf(MODULES)}/`, pathNot: ['^src/[^/]+/index[.]ts$', '^src/$1/'] },
    },
    {
      name: 'front-door-of-the-program',
      comment: 'The files at the top of src compose modules; they too use the front doors.',
      severity: 'error',
      from: { path: '^src/[^/]+[.]ts$' },
      to: { path: `^src/${anyOf(MODULES)}/`, pathNot: '^src/[^/]+/index[.]ts$' },
    },
    {
      name: 'platform-knows-no-module',
      comment: 'The platform could serve another product unchanged.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'nobody-imports-the-program',
      comment: 'main, bootstrap and app.module are composed of modules, not the other way round.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/demo/' },
      to: { path: '^src/[^/]+[.]ts$' },
    },
    {
      name: 'only-payments-imports-stripe',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/payments/' },
      to: { path: '(^|/)node_modules/stripe/' },
    },
    {
      name: 'only-store-integrations-imports-puppeteer',
      comment: 'The browser is started in platform/browser, and used by store-integrations.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(store-integrations|platform/browser)/' },
      to: { path: '(^|/)node_modules/(puppeteer|puppeteer-core|@sparticuz/chromium)/' },
    },
    {
      name: 'no-tests-in-src',
      comment: 'The sandboxes and the tests stand outside the program and speak to it from there.',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '[.](spec|contract)[.]ts$' },
      to: { path: '^(test|bench|scripts)/|[.]spec[.]ts$' },
    },
    {
      name: 'migrations-stand-alone',
      comment: 'A shipped migration must not change its meaning because the code did.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^src/' },
    },
    {
      name: 'sandboxes-stand-alone',
      comment: 'An outside party knows nothing of how Muse is built.',
      severity: 'error',
      from: { path: '^test/sandbox/' },
      to: { path: '^src/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages',
      comment: 'src runs where development dependencies are not installed.',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.](spec|contract)[.]ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-unlisted-packages',
      comment: 'What is imported stands in package.json, not only somewhere below it.',
      severity: 'error',
      from: { path: '^(src|test|bench)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
