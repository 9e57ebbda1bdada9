import type { Candidate, Reading } from './recipe';

/** What of the DOM is used here; the program itself is compiled without its types. */
interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}
export interface PageNode {
  nodeType: number;
  textContent: string | null;
  parentNode: PageNode | null;
  childNodes: Iterable<PageNode>;
  contains(other: PageNode | null): boolean;
  getRootNode(): PageRoot;
}
export interface PageElement extends PageNode {
  localName: string;
  id: string;
  innerText?: string;
  shadowRoot: PageRoot | null;
  children: Iterable<PageElement>;
  assignedSlot: PageElement | null;
  isConnected: boolean;
  labels?: Iterable<PageElement> | null;
  type?: string;
  value?: string;
  checked?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  href?: string;
  options?: Iterable<PageElement>;
  selectedOptions?: Iterable<PageElement>;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  matches(selector: string): boolean;
  closest(selector: string): PageElement | null;
  checkVisibility?(options: object): boolean;
  getBoundingClientRect(): Rect;
  scrollIntoView(options: object): void;
}
interface PageRoot extends PageNode {
  host?: PageElement;
  children: Iterable<PageElement>;
  querySelector(selector: string): PageElement | null;
  getElementById(id: string): PageElement | null;
  elementFromPoint(x: number, y: number): PageElement | null;
}
declare const document: PageRoot & { readyState: string };

/** What one look at one frame is asked for. */
export type Look =
  /** How many are seen, for each candidate of each target. */
  | { ask: 'survey'; targets: Candidate[][] }
  /** The element itself, or null. */
  | { ask: 'pick'; candidate: Candidate; place: number }
  | { ask: 'read'; candidate: Candidate; place: number; reading: Pick<Reading, 'as' | 'attribute' | 'pattern'> }
  | { ask: 'readAll'; each: Candidate; read: Record<string, Reading> }
  /** Of the element that goes with it: whether it can be used, and where. */
  | { ask: 'state' };

/** How an element stands: where to click it, in its own frame. */
export interface ElementState {
  connected: boolean;
  enabled: boolean;
  /** Nothing lies over it where it would be clicked. */
  open: boolean;
  x: number;
  y: number;
  /** What it is filled by. */
  kind: 'text' | 'select' | 'check' | 'other';
  checked: boolean | null;
  value: string | null;
  options: { value: string; text: string }[];
}

/**
 * Runs in the page: finds elements by candidates, in the document and every open shadow root below it, and tells what they
 * say. It travels there as its own source text, so it uses nothing from outside itself, and it changes nothing there.
 */
export function inPage(look: Look, given: PageElement | null): unknown {
  const CONTROLS =
    'input:not([type=hidden]), select, textarea, [contenteditable=""], [contenteditable=true], [role=textbox], ' +
    '[role=combobox], [role=searchbox], [role=spinbutton], [role=checkbox], [role=radio], [role=switch], [role=listbox]';
  const norm = (text: string | null | undefined) =>
    (text ?? '').normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();
  const bare = (text: string | null | undefined) => norm(norm(text).replace(/[\s*:]+$/, ''));

  function collect(root: PageRoot | PageElement, into: PageElement[]): PageElement[] {
    const below = (root as PageElement).shadowRoot;
    if (below) collect(below, into);
    for (const child of root.children) {
      into.push(child);
      collect(child, into);
    }
    return into;
  }

  function shown(element: PageElement): boolean {
    const { width, height } = element.getBoundingClientRect();
    if (element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) === false) return false;
    return width > 0 && height > 0;
  }
  /** A radio or checkbox that is drawn by its label counts as seen. */
  function seen(element: PageElement): boolean {
    if (shown(element)) return true;
    return isCheck(element) && [...(element.labels ?? [])].some(shown);
  }
  const isCheck = (element: PageElement) =>
    element.localName === 'input' && (element.type === 'checkbox' || element.type === 'radio');

  /** As it is read, what lies in shadow roots too. */
  function said(element: PageElement): string {
    if (element.localName === 'select')
      return [...(element.selectedOptions ?? [])].map((option) => option.textContent ?? '').join(', ');
    if (element.localName === 'input' || element.localName === 'textarea') return element.value ?? '';
    const hosts = collect(element, []).some((inner) => inner.shadowRoot !== null) || element.shadowRoot !== null;
    return hosts ? deep(element) : (element.innerText ?? element.textContent ?? '');
  }
  function deep(node: PageNode): string {
    if (node.nodeType === 3) return node.textContent ?? '';
    const element = node as PageElement;
    if (['script', 'style', 'template', 'noscript'].includes(element.localName)) return '';
    const inner = element.shadowRoot ? [...element.shadowRoot.childNodes, ...element.childNodes] : element.childNodes;
    return [...inner].map(deep).join(' ');
  }

  /** What a label says without what stands in the field that it goes round. */
  function without(node: PageNode, field: PageElement): string {
    if (node === field) return '';
    if (node.nodeType === 3) return node.textContent ?? '';
    return [...(node.childNodes ?? [])].map((child) => without(child, field)).join(' ');
  }
  function byIds(element: PageElement, attribute: string): string {
    const root = element.getRootNode();
    const ids = (element.getAttribute(attribute) ?? '').split(/\s+/).filter((id) => id !== '');
    return ids.map((id) => root.getElementById?.(id)?.textContent ?? '').join(' ');
  }
  function labelsOf(element: PageElement): string[] {
    return [
      ...[...(element.labels ?? [])].map((label) => without(label, element)),
      ...[byIds(element, 'aria-labelledby'), element.getAttribute('aria-label')],
      ...[element.getAttribute('placeholder'), element.getAttribute('title')],
    ].flatMap((text) => (bare(text) === '' ? [] : [bare(text)]));
  }

  const INPUTS: Record<string, string> = {
    ...{ button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio' },
    ...{ number: 'spinbutton', range: 'slider', search: 'searchbox', hidden: '' },
  };
  const ELEMENTS: Record<string, string> = {
    ...{ button: 'button', summary: 'button', textarea: 'textbox', select: 'combobox', option: 'option', img: 'img' },
    ...{ ul: 'list', ol: 'list', li: 'listitem', table: 'table', tr: 'row', td: 'cell', th: 'columnheader' },
    ...{ form: 'form', main: 'main', nav: 'navigation', dialog: 'dialog', article: 'article', section: 'region' },
    ...{ h1: 'heading', h2: 'heading', h3: 'heading', h4: 'heading', h5: 'heading', h6: 'heading', output: 'status' },
  };
  function roleOf(element: PageElement): string {
    const said = (element.getAttribute('role') ?? '').trim().split(/\s+/)[0];
    if (said) return said;
    if (element.localName === 'a') return element.hasAttribute('href') ? 'link' : '';
    if (element.localName === 'input')
      return element.hasAttribute('list') ? 'combobox' : (INPUTS[element.type ?? 'text'] ?? 'textbox');
    return ELEMENTS[element.localName] ?? '';
  }
  /** Near enough to how accessibility names are made for what shops put on buttons, links and fields. */
  function nameOf(element: PageElement): string {
    const own = bare(byIds(element, 'aria-labelledby')) || bare(element.getAttribute('aria-label'));
    if (own !== '') return own;
    const label = labelsOf(element)[0];
    if (element.matches(CONTROLS) && label !== undefined && element.labels) return label;
    if (element.localName === 'input') return bare(element.value) || bare(element.getAttribute('alt'));
    return bare(said(element)) || bare(element.getAttribute('alt')) || bare(element.getAttribute('title'));
  }

  function fits(element: PageElement, candidate: Candidate): boolean {
    const has = (text: string, wanted: string) => (candidate.contains ? text.includes(wanted) : text === wanted);
    switch (candidate.by) {
      case 'autocomplete': {
        const value = norm(element.getAttribute('autocomplete'));
        return value === norm(candidate.is) || value.split(' ').includes(norm(candidate.is));
      }
      case 'testId':
        return ['data-testid', 'data-test-id', 'data-test', 'data-qa', 'data-cy'].some((name) => {
          const value = element.getAttribute(name);
          return value !== null && has(value, candidate.is);
        });
      case 'field': {
        const values = [element.getAttribute('name'), element.id === '' ? null : element.id];
        return values.some((value) => value !== null && has(value, candidate.is));
      }
      case 'label':
        return element.matches(CONTROLS) && labelsOf(element).some((label) => has(label, bare(candidate.is)));
      case 'role':
        if (roleOf(element) !== candidate.role) return false;
        return candidate.name === undefined || has(nameOf(element), bare(candidate.name));
      case 'text': {
        const says = (one: PageElement) => {
          if (['script', 'style', 'template', 'noscript'].includes(one.localName)) return false;
          return has(norm(one.textContent), norm(candidate.is));
        };
        return says(element) && ![...element.children].some(says);
      }
      default:
        return element.matches(candidate.is);
    }
  }

  const all = look.ask === 'state' ? [] : collect(document, []);
  function matches(candidate: Candidate, among: PageElement[] = all): PageElement[] {
    const places = candidate.within ? matches(candidate.within, among).flatMap((outer) => collect(outer, [])) : among;
    return [...new Set(places)].filter((element) => fits(element, candidate) && seen(element));
  }

  function read(element: PageElement, { as, attribute, pattern }: Pick<Reading, 'as' | 'attribute' | 'pattern'>) {
    const asked = attribute === 'value' ? element.value : attribute ? element.getAttribute(attribute) : null;
    const raw = attribute ? asked : as === 'url' ? element.href : said(element);
    if (raw === null || raw === undefined) return null;
    const text = raw.replace(/\s+/g, ' ').trim().slice(0, 2_000);
    if (!pattern) return text;
    const found = new RegExp(pattern, 'iu').exec(text);
    return found ? (found[1] ?? found[0]) : null;
  }
  /** Of what lies in one of several like elements; the row itself may be what is read. */
  function readWithin(row: PageElement, reading: Reading) {
    const inner = [row, ...collect(row, [])];
    for (const candidate of reading.from) {
      const found = matches(candidate, inner)[candidate.nth ?? 0];
      if (found) return read(found, reading);
    }
    return null;
  }

  function stateOf(element: PageElement): ElementState {
    const field = element.localName === 'label' ? null : element;
    const target = isCheck(element) && !shown(element) ? [...(element.labels ?? [])].find(shown) : element;
    const { left, top, width, height } = (target ?? element).getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    let hit = document.elementFromPoint(x, y);
    for (let inner = hit; inner;) {
      hit = inner;
      const deeper: PageElement | null = hit.shadowRoot?.elementFromPoint(x, y) ?? null;
      inner = deeper === hit ? null : deeper;
    }
    const goesTo = (from: PageElement | null): boolean => {
      for (let node = from as PageNode | null; node;) {
        if (node === target) return true;
        node = (node as PageElement).assignedSlot ?? node.parentNode ?? (node as PageRoot).host ?? null;
      }
      return false;
    };
    const checked = field?.getAttribute('aria-checked') ?? null;
    const isText = element.localName === 'textarea' || element.hasAttribute('contenteditable');
    return {
      connected: element.isConnected,
      enabled:
        element.disabled !== true && !element.matches(':disabled') && element.getAttribute('aria-disabled') !== 'true',
      open: goesTo(hit),
      ...{ x, y },
      kind: isCheck(element)
        ? 'check'
        : element.localName === 'select'
          ? 'select'
          : isText || element.localName === 'input'
            ? 'text'
            : 'other',
      checked: element.checked ?? (checked === null ? null : checked === 'true'),
      value: element.value ?? (isText ? element.textContent : null),
      options: [...(element.localName === 'select' ? (element.options ?? []) : [])].map((option) => ({
        value: option.value ?? '',
        text: norm(option.textContent),
      })),
    };
  }

  switch (look.ask) {
    case 'survey':
      return look.targets.map((target) => target.map((candidate) => matches(candidate).length));
    case 'pick':
      return matches(look.candidate)[look.place] ?? null;
    case 'read': {
      const element = matches(look.candidate)[look.place];
      return element ? read(element, look.reading) : null;
    }
    case 'readAll':
      return matches(look.each)
        .slice(0, 100)
        .map((row) =>
          Object.fromEntries(Object.entries(look.read).map(([name, reading]) => [name, readWithin(row, reading)])),
        );
    default:
      return stateOf(given!);
  }
}
