const pending: (() => Promise<void>)[] = [];

/** Runs `work` when the test file is through, the last registered first: an application before its database. */
export function afterFile(work: () => Promise<void>): void {
  pending.push(work);
}

/** Does all of it, even if one part fails; then says so. */
export async function cleanUp(): Promise<void> {
  const failures: unknown[] = [];
  for (let work = pending.pop(); work; work = pending.pop())
    await work().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'What the tests used could not all be cleaned up.');
}
