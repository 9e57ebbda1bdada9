import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { isUrl } from '../../platform/http-client';
import { FLOWS, PER_LINE, SECTIONS, type Check, type Recipe, type SectionName, type Step } from './recipe';
import { RECIPE_SCHEMA } from './recipe.schema';
import { LINE_NAMES, PASSWORD, TEMPLATE_NAMES, namesIn } from './recipe-template';

/** What is wrong with a recipe: where, as a JSON pointer into it, and a sentence. */
export interface RecipeFault {
  pointer: string;
  detail: string;
}

const MOST_FAULTS = 20;
let validator: ValidateFunction<Recipe> | undefined;

/** Compiled when it is first needed: most processes never see a recipe. */
function validate(): ValidateFunction<Recipe> {
  if (!validator) {
    const ajv = new Ajv2020({
      allErrors: true,
      verbose: true,
      discriminator: true,
      strict: true,
      strictRequired: false,
      strictTypes: false,
    });
    addFormats(ajv, ['regex']);
    validator = ajv.compile<Recipe>(RECIPE_SCHEMA);
  }
  return validator;
}

/** Nothing: it may be run. At most twenty are told. */
export function faultsOf(recipe: unknown): RecipeFault[] {
  const check = validate();
  if (!check(recipe)) return told(check.errors ?? []);
  return [...rulesBroken(recipe)].slice(0, MOST_FAULTS);
}

/** One a place: the first that is said of it is what it is about. */
function told(errors: ErrorObject[]): RecipeFault[] {
  const faults = new Map<string, RecipeFault>();
  for (const error of errors) {
    // Why each kind is not the one: what is told is that it is none of them.
    if (error.keyword === 'false schema' || (error.keyword === 'required' && !error.parentSchema?.['type'])) continue;
    const { additionalProperty, missingProperty, tag } = error.params as Record<string, string | undefined>;
    const member = additionalProperty ?? missingProperty ?? (error.keyword === 'discriminator' ? tag : undefined);
    const pointer = member === undefined ? error.instancePath : `${error.instancePath}/${escaped(member)}`;
    if (!faults.has(pointer)) faults.set(pointer, { pointer, detail: detailOf(error) });
  }
  return [...faults.values()].slice(0, MOST_FAULTS);
}

const escaped = (member: string) => member.replaceAll('~', '~0').replaceAll('/', '~1');

function detailOf({ keyword, message, params }: ErrorObject): string {
  const { allowedValues, allowedValue } = params as { allowedValues?: unknown[]; allowedValue?: unknown };
  switch (keyword) {
    case 'additionalProperties':
      return 'is not known here';
    case 'required':
      return 'is needed';
    case 'const':
      return `must be ${String(allowedValue)}`;
    case 'enum':
      return `must be one of: ${(allowedValues ?? []).join(', ')}`;
    case 'discriminator':
      return 'is none of the kinds that there are';
    case 'oneOf':
      return 'must be a state, a reading with is, contains or atMost, or a count with is';
    default:
      return message ?? 'is not valid';
  }
}

/** What no schema says: names, one last click with its ceiling, what has to be read. */
function* rulesBroken(recipe: Recipe): Generator<RecipeFault> {
  yield* hostsBroken(recipe);
  yield* namesBroken('/interruptions', recipe.interruptions ?? [], false);
  for (const [place, sign] of (recipe.signs ?? []).entries())
    yield* namesBroken(`/signs/${place}`, sign, sign.sections !== undefined && sign.sections.every(isPerLine));
  for (const section of SECTIONS) {
    const steps = recipe.sections[section];
    if (!steps) continue;
    const at = `/sections/${section}`;
    yield* namesBroken(at, steps, isPerLine(section));
    yield* stepsBroken(at, section, steps);
  }
  yield* flowsBroken(recipe);
}

const isPerLine = (section: SectionName) => PER_LINE.includes(section);

function* hostsBroken({ origin, hosts = [] }: Recipe): Generator<RecipeFault> {
  if (!isUrl(origin)) yield { pointer: '/origin', detail: 'must be an origin' };
  for (const [place, host] of hosts.entries())
    if (!isUrl(`https://${host}`)) yield { pointer: `/hosts/${place}`, detail: 'must be a host' };
}

/** Every text is looked through: braces mean a template wherever they stand. */
function* namesBroken(at: string, value: unknown, perLine: boolean): Generator<RecipeFault> {
  if (typeof value === 'string') {
    if (at.endsWith('/pattern')) return;
    for (const name of namesIn(value))
      if (!TEMPLATE_NAMES.includes(name)) yield { pointer: at, detail: `nothing is called {${name}}` };
      else if (!perLine && LINE_NAMES.includes(name))
        yield { pointer: at, detail: `{${name}} is known in ${PER_LINE.join(', ')} only` };
      else if (name === PASSWORD && !at.endsWith('/value'))
        yield { pointer: at, detail: `{${name}} is only ever filled into a field` };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const pointer = `${at}/${name}`;
    if (name === 'given' && typeof member === 'string' && !TEMPLATE_NAMES.includes(member))
      yield { pointer, detail: `nothing is called ${member}` };
    yield* namesBroken(pointer, member, perLine);
  }
}

function* stepsBroken(at: string, section: SectionName, steps: Step[], inner = false): Generator<RecipeFault> {
  const names = new Set<string>();
  for (const [place, step] of steps.entries()) {
    const pointer = `${at}/${place}`;
    if (names.has(step.step)) yield { pointer: `${pointer}/step`, detail: 'is the name of a step before it' };
    names.add(step.step);
    if (step.do === 'repeat') yield* stepsBroken(`${pointer}/steps`, section, step.steps, true);
    if (step.do !== 'click') continue;
    if (step.last && (inner || (section !== 'place' && section !== 'cancel')))
      yield { pointer: `${pointer}/last`, detail: 'is for a step of place or cancel only' };
    if (step.last && step.repeatable) yield { pointer: `${pointer}/repeatable`, detail: 'the last click is made once' };
    if (step.last && section === 'place' && !(step.check ?? []).some(isCeiling))
      yield { pointer: `${pointer}/check`, detail: 'must hold a check of the total atMost {agreedTotal}' };
    if (step.repeatable && !step.waitFor)
      yield { pointer: `${pointer}/waitFor`, detail: 'is needed to tell that a click went unheard' };
  }
  if (inner || (section !== 'place' && section !== 'cancel')) return;
  const last = steps.findIndex((step) => step.do === 'click' && step.last);
  if (last === -1) yield { pointer: at, detail: 'must hold one click with last' };
  if (steps.filter((step) => step.do === 'click' && step.last).length > 1)
    yield { pointer: at, detail: 'must hold only one click with last' };
  // What comes after it belongs to the section that reads what became of it, and must not buy again.
  for (const [place, step] of steps.entries())
    if (last !== -1 && place > last && step.do !== 'wait' && step.do !== 'read')
      yield { pointer: `${at}/${place}/do`, detail: 'after the last click must be wait or read' };
}

function isCeiling(check: Check): boolean {
  return (
    'atMost' in check && check.atMost === '{agreedTotal}' && check.reading.as === 'money' && !check.reading.optional
  );
}

/** What is known of an order that was placed hangs on these. */
const MUST_READ: Partial<Record<SectionName, string[]>> = {
  review: ['total'],
  confirmation: ['orderNumber'],
  orderList: ['orders'],
  track: ['status'],
  cancel: [],
};

function* flowsBroken({ sections }: Recipe): Generator<RecipeFault> {
  for (const [section, names] of Object.entries(MUST_READ) as [SectionName, string[]][])
    for (const name of names) {
      const steps = sections[section];
      if (steps && !steps.some((step) => step.do === 'read' && name in step.read))
        yield { pointer: `/sections/${section}`, detail: `must read ${name}` };
    }
  for (const [place, step] of (sections.orderList ?? []).entries()) {
    const orders = step.do === 'read' ? step.read['orders'] : undefined;
    if (orders && 'each' in orders)
      for (const field of ['number', 'total'])
        if (!(field in orders.read))
          yield { pointer: `/sections/orderList/${place}/read/orders/read/${field}`, detail: 'is needed' };
  }
  if (sections.place)
    // Who cannot look an order up must not place one; and what was bought has to be what was quoted.
    for (const section of NEEDED_TO_PLACE)
      if (!sections[section]) yield { pointer: `/sections/${section}`, detail: 'is needed where place is' };
}

const NEEDED_TO_PLACE: SectionName[] = [...(['findProduct', 'add', 'review', 'confirmation', 'orderList'] as const)];

/** Whether a recipe says how to do it. */
export function knowsHow(recipe: Recipe, flow: keyof typeof FLOWS): boolean {
  const own = {
    signIn: 'signIn',
    quote: 'review',
    place: 'place',
    orderList: 'orderList',
    track: 'track',
    cancel: 'cancel',
  };
  return recipe.sections[own[flow] as SectionName] !== undefined;
}

/** Every host that the recipe's pages need, as `host:port` where the port is not that of the scheme. */
export function hostsOf({ origin, hosts = [] }: Recipe): string[] {
  return [...new Set([new URL(origin).host, ...hosts])];
}
