/**
 * Whether `new URL()` takes it. Not URL.canParse: on Node 20, once it is compiled for speed, that says of addresses with
 * letters beyond ASCII that they are none.
 */
export function isUrl(address: string, base?: string): boolean {
  try {
    return new URL(address, base).href !== '';
  } catch {
    return false;
  }
}
