/** Kept, logged and told in events: what is not of this form is another's free text. */
const CODE = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** A store's own word for something; `otherwise` where it gave none, or a text in its place. */
export const codeFrom = (code: string | null, otherwise: string): string =>
  code !== null && CODE.test(code) ? code : otherwise;
