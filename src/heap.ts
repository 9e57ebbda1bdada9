import { setFlagsFromString } from 'node:v8';

/**
 * How far the heap may grow between two full collections, in percent of what was alive at the last. V8 alone waits until it
 * is up to four times that: of 70 MiB in use a busy process then holds 200. Collecting sooner was measured to cost nothing
 * that can be told (docs/adr/0074). Imported for its effect, before anything fills the heap.
 */
const GROWTH_PERCENT = 40;

setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
