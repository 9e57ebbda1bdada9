/** What a case found: facts for the table, and what is not as it has to be. */
export class Findings {
  readonly broken: string[] = [];
  checks = 0;
  facts = '';
  /** More lines to print below the row. */
  readonly notes: string[] = [];

  holds(condition: boolean, otherwise: string): void {
    this.checks++;
    if (!condition) this.broken.push(otherwise);
  }
}

export interface Row {
  name: string;
  seconds: number;
  findings: Findings;
}

export function printHead(): void {
  console.log(`\n${'case'.padEnd(46)} ${'checks'.padStart(6)} ${'seconds'.padStart(8)}  result`);
  console.log('-'.repeat(110));
}

export function printRow({ name, seconds, findings }: Row): void {
  const verdict = findings.broken.length === 0 ? 'ok' : 'BROKEN';
  const columns = [name.padEnd(46), String(findings.checks).padStart(6), seconds.toFixed(1).padStart(8)];
  console.log(`${columns.join(' ')}  ${verdict}  ${findings.facts}`);
  for (const line of findings.notes) console.log(`    ${line}`);
  for (const line of findings.broken.slice(0, 20)) console.log(`    ${line}`);
  if (findings.broken.length > 20) console.log(`    … and ${findings.broken.length - 20} more`);
}

/** 202 ×49, 409 still_running ×1: the answers of requests sent at once. */
export function tally(answers: { status: number; body: { code?: string } }[]): string {
  const counts = new Map<string, number>();
  for (const { status, body } of answers) {
    const kind = status < 400 ? String(status) : `${status} ${body.code}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${kind} ×${count}`).join(', ');
}
