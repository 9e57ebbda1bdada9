import { AnswerReader } from '../answer-reader';
import { businessFault, protocolFault } from './business-error';

const error = (code: string, content = 'Because') => ({
  ucp: { version: '2026-08-25', status: 'error' },
  messages: [
    { type: 'info', code: 'hint', content: 'x' },
    { type: 'error', code, content, severity: 'unrecoverable' },
  ],
});
const fault = (value: unknown) => businessFault(new AnswerReader(value));

describe('A business outcome', () => {
  it.each([
    ['out_of_stock', 'refused'],
    ['not_found', 'refused'],
    ['payment_failed', 'refused'],
    ['unauthorized', 'refused'],
    ['capabilities_incompatible', 'unavailable'],
    ['version_unsupported', 'unavailable'],
    ['identity_required', 'relink'],
    ['insufficient_scope', 'relink'],
  ])('%s is %s', (code, kind) => {
    expect(fault(error(code))).toMatchObject({ kind, code, detail: 'Because' });
  });

  it('that carries what was asked for is no fault, whatever it has to say', () => {
    expect(fault({ ucp: { status: 'success' }, messages: error('x').messages })).toBeNull();
    expect(fault({ ucp: { version: '2026-08-25' }, messages: error('x').messages })).toBeNull();
  });

  it('that names no error is refused all the same', () => {
    expect(fault({ ucp: { status: 'error' }, messages: [] })).toMatchObject({ kind: 'refused', code: 'refused' });
  });

  it.each(['ana@example.com wants', 'a'.repeat(65), '-x', 'ä', '<b>'])(
    'has a code that may be logged: %s is none',
    (code) => {
      expect(fault(error(code))).toMatchObject({ code: 'refused', message: 'refused: refused' });
    },
  );

  it('has a code of its protocol besides', () => {
    const of = (value: unknown) => protocolFault(new AnswerReader(value));
    expect(of({ code: 'signature_invalid', content: 'No' })).toMatchObject({
      kind: 'unavailable',
      code: 'signature_invalid',
      detail: 'No',
    });
    expect(of({ code: 'bad_request' })).toMatchObject({ kind: 'refused', code: 'bad_request' });
    expect(of(error('out_of_stock'))).toMatchObject({ code: 'out_of_stock' });
    expect(of({})).toBeNull();
  });
});
