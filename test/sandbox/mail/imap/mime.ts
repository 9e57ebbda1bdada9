import { quoted } from './parse';

/** A part of a mail (RFC 2045): its header and body as they stand, and the parts that it is made of. */
export interface Part {
  header: string;
  body: string;
  type: string;
  subtype: string;
  parameters: [string, string][];
  children: Part[];
}

export function partOf(raw: string): Part {
  const end = raw.startsWith('\r\n') ? 0 : raw.indexOf('\r\n\r\n');
  const header = end < 0 ? raw : raw.slice(0, end + 2);
  const body = end < 0 ? '' : raw.slice(end + (end === 0 ? 2 : 4));
  const [media = 'text/plain', ...rest] = splitParameters(fieldOf(header, 'content-type') ?? 'text/plain');
  const [type = 'text', subtype = 'plain'] = media.trim().toLowerCase().split('/');
  const parameters = rest.flatMap((one): [string, string][] => {
    const [name, ...value] = one.split('=');
    return value.length === 0 ? [] : [[name!.trim().toLowerCase(), value.join('=').trim().replaceAll('"', '')]];
  });
  const boundary = parameters.find(([name]) => name === 'boundary')?.[1];
  const part: Part = { header, body, type, subtype, parameters, children: [] };
  if (type === 'multipart' && boundary !== undefined) part.children = split(body, boundary).map(partOf);
  if (type === 'message' && subtype === 'rfc822') part.children = [partOf(body)];
  return part;
}

function split(body: string, boundary: string): string[] {
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1);
  const last = parts.findIndex((part) => part.startsWith('--'));
  return (last < 0 ? parts : parts.slice(0, last)).map((part) => part.replace(/^[ \t]*\r\n/, ''));
}

function splitParameters(value: string): string[] {
  return value.match(/(?:[^;"]|"[^"]*")+/g) ?? [];
}

/** A field's value, unfolded. */
export function fieldOf(header: string, name: string): string | undefined {
  const found = new RegExp(`^${name}:((?:.*)(?:\\r\\n[ \\t].*)*)`, 'im').exec(header);
  return found?.[1]!.replaceAll(/\r\n[ \t]+/g, ' ').trim();
}

/** The fields of these names, as they stand. */
export function fieldsOf(header: string, names: string[]): string {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const fields = header.match(/^[^\s:]+:.*(?:\r\n[ \t].*)*/gm) ?? [];
  return [...fields.filter((field) => wanted.has(field.slice(0, field.indexOf(':')).toLowerCase())), '', ''].join(
    '\r\n',
  );
}

/** What stands at a section, or undefined: `''`, `HEADER`, `HEADER.FIELDS (…)`, `TEXT`, `1.2`, `1.2.MIME`, `2.HEADER`. */
export function sectionOf(whole: Part, raw: string, section: string): string | undefined {
  if (section === '') return raw;
  const [, numbers = '', what = ''] = /^((?:\d+\.?)*)(.*)$/s.exec(section)!;
  let part: Part | undefined = whole;
  const path = numbers.split('.').filter(Boolean).map(Number);
  for (const number of path) part = childOf(part, number);
  if (!part) return undefined;
  const holder = path.length === 0 ? part : part.type === 'message' ? part.children[0] : undefined;
  const word = what.toUpperCase();
  if (word === '') return part.body;
  if (word === 'MIME') return `${part.header}\r\n`;
  if (!holder) return undefined;
  if (word === 'HEADER') return `${holder.header}\r\n`;
  if (word === 'TEXT') return holder.body;
  const names = /^HEADER\.FIELDS(\.NOT)? \((.*)\)$/i.exec(what);
  return names && names[1] === undefined
    ? fieldsOf(holder.header, names[2]!.replaceAll('"', '').split(' '))
    : undefined;
}

/** Part 1 of a mail without parts is its body. */
function childOf(part: Part | undefined, number: number): Part | undefined {
  const holder = part?.type === 'message' ? part.children[0] : part;
  if (!holder) return undefined;
  return holder.type === 'multipart' ? holder.children[number - 1] : number === 1 ? holder : undefined;
}

export function structureOf(part: Part): string {
  if (part.type === 'multipart') {
    const parts = part.children.map(structureOf).join('');
    return `(${parts} ${quoted(part.subtype)} ${parametersOf(part.parameters)} ${dispositionOf(part)} NIL NIL)`;
  }
  const lines = part.body.split('\r\n').length - 1;
  const words = [
    ...[quoted(part.type), quoted(part.subtype), parametersOf(part.parameters)],
    ...[quoted(fieldOf(part.header, 'content-id')), quoted(fieldOf(part.header, 'content-description'))],
    quoted(fieldOf(part.header, 'content-transfer-encoding') ?? '7bit'),
    String(part.body.length),
  ];
  if (part.type === 'message' && part.subtype === 'rfc822')
    words.push(envelopeOf(part.children[0]!.header), structureOf(part.children[0]!), String(lines));
  if (part.type === 'text') words.push(String(lines));
  words.push('NIL', dispositionOf(part), 'NIL', 'NIL');
  return `(${words.join(' ')})`;
}

function parametersOf(parameters: [string, string][]): string {
  return parameters.length === 0 ? 'NIL' : `(${parameters.flat().map(quoted).join(' ')})`;
}

function dispositionOf({ header }: Part): string {
  const value = fieldOf(header, 'content-disposition');
  return value === undefined ? 'NIL' : `(${quoted(value.split(';')[0]!.trim())} NIL)`;
}

export function envelopeOf(header: string): string {
  const field = (name: string) => quoted(fieldOf(header, name));
  const from = addressesOf(fieldOf(header, 'from'));
  const addresses = ['to', 'cc', 'bcc'].map((name) => addressesOf(fieldOf(header, name)));
  const words = [field('date'), field('subject'), from, from, from, ...addresses, field('in-reply-to')];
  return `(${[...words, field('message-id')].join(' ')})`;
}

function addressesOf(value: string | undefined): string {
  const found = (value?.split(',') ?? []).flatMap((one) => {
    const [, name, address] = /^\s*(?:"?([^"<]*?)"?\s*<)?([^<>\s]+@[^<>\s]+)>?\s*$/.exec(one) ?? [];
    if (address === undefined) return [];
    const [local, host] = [address.slice(0, address.lastIndexOf('@')), address.slice(address.lastIndexOf('@') + 1)];
    return [`(${quoted(name || null)} NIL ${quoted(local)} ${quoted(host)})`];
  });
  return found.length === 0 ? 'NIL' : `(${found.join('')})`;
}
