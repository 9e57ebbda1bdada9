import { html, type Markup } from '../http/html';
import type { Shop } from '../shop';
import type { Address } from '../world/people';

export interface Field {
  name: string;
  id: string;
  label: string;
  autocomplete?: string;
  type?: string;
  value?: string;
  required?: boolean;
  /** Of a choice; the first of each pair is what is sent. */
  options?: readonly (readonly [value: string, text: string])[];
}

/** Fields in their order, or where the shop has moved them: in another, two boxes deeper. */
export function fieldsOf({ switches }: Shop, fields: readonly Field[], draw: (field: Field) => Markup): Markup {
  if (!switches.moved) return html`${fields.map(draw)}`;
  return html`<div class="grid">
    ${fields.toReversed().map((field) => html`<div class="cell"><section>${draw(field)}</section></div>`)}
  </div>`;
}

/** A form whose button stands below its fields or, where it was moved, before the form, in a bar of its own. */
export function formOf(
  { switches }: Shop,
  form: { id: string; action: string; body: Markup; button: Markup; buttonFor: (form: string) => Markup },
): Markup {
  const { id, action, body, button, buttonFor } = form;
  if (!switches.moved) return html`<form id="${id}" method="post" action="${action}">${body}${button}</form>`;
  return html`<aside class="bar">${buttonFor(id)}</aside>
    <form id="${id}" method="post" action="${action}"><div>${body}</div></form>`;
}

export const STATES: readonly (readonly [string, string])[] = [
  ...([
    ['CA', 'California'],
    ['FL', 'Florida'],
    ['IL', 'Illinois'],
    ['NY', 'New York'],
    ['OR', 'Oregon'],
  ] as const),
  ...([
    ['TX', 'Texas'],
    ['UT', 'Utah'],
    ['WA', 'Washington'],
  ] as const),
];

/** From the fields' own names; what is left out is empty. */
export function addressOf(form: URLSearchParams): Address {
  const of = (name: string) => (form.get(name) ?? '').trim();
  const name = of('name') || `${of('firstName')} ${of('lastName')}`.trim();
  return {
    ...{ name, line1: of('line1'), line2: of('line2'), city: of('city'), region: of('region') },
    ...{ postalCode: of('postalCode'), country: of('country') || 'US', phone: of('phone') },
  };
}

export function addressLines({ line1, line2, city, region, postalCode }: Address): string[] {
  return [line1, line2, `${city}, ${region} ${postalCode}`].filter((line) => line !== '');
}
