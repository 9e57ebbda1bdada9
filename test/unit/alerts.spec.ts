import { load } from 'js-yaml';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const rules = (load(read('docs/ops/prometheus-rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (g) => g.rules,
);
const guide = read('docs/operations.md');
const anchors = new Set(
  [...guide.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  ),
);
/** What the program declares: the names of its own metrics stand in its source, those of the process come with prom-client. */
const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  // What payment providers are given to keep of ours is named so too.
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('payments/provider/'))
  .map((path) => read(join('src', path)))
  .join('\n');
const OTHERS = new Set(['muse_streams', 'muse_order_id']);
const declared = new Set(source.match(/\bmuse_[a-z_]+\b/g)!.filter((name) => !OTHERS.has(name)));
const namesIn = (text: string) => [...new Set(text.match(/\bmuse_[a-z_]+\b/g))];
const baseOf = (name: string) => name.replace(/(?<=_seconds)_(bucket|count|sum)$/, '');

describe('Alerts', () => {
  it.each(rules)(
    '$alert is about metrics that there are, and has a runbook',
    ({ expr, labels, annotations, for: lasting }) => {
      for (const name of namesIn(expr)) expect(declared).toContain(baseOf(name));
      expect(namesIn(expr).length > 0 || /\b(nodejs|process)_/.test(expr)).toBe(true);
      expect(lasting).toMatch(/^\d+m$/);
      expect(['page', 'ticket']).toContain(labels.severity);
      const [path, anchor] = annotations.runbook.split('#') as [string, string];
      expect(existsSync(join(ROOT, path))).toBe(true);
      expect(anchors).toContain(anchor);
    },
  );

  it('are named once each', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

describe('docs/operations.md', () => {
  it('explains every metric of ours, and none that there is not', () => {
    const explained = namesIn(guide)
      .filter((name) => name !== 'muse_restored')
      .map(baseOf);
    expect(explained.toSorted()).toEqual([...declared].toSorted());
  });

  it('names files, scripts and variables that there are', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const [, name] of guide.matchAll(/npm run ([a-z-]+)/g)) expect(scripts).toHaveProperty(name!);
    for (const [path] of guide.matchAll(/\b(?:test|docs\/ops|scripts)\/[\w/.-]*\w/g))
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    for (const [, path] of guide.matchAll(/\]\((\.\.\/[^)#]+)/g))
      expect(existsSync(join(ROOT, 'docs', path!))).toBe(true);
    const known = read('.env.example');
    for (const [name] of guide.matchAll(/\b(?:MUSE|METRICS|DATABASE|JWT|WORKER)_[A-Z_]*[A-Z]\b/g))
      expect(known).toContain(`#${name}=`);
  });
});
