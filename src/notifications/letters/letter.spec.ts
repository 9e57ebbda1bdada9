import { safeUrl, write, type Letter } from './letter';

const letter = (overrides: Partial<Letter> = {}): Letter => ({
  ...{ language: 'en', subject: 'Hello', blocks: [], footer: 'Because', ...overrides },
});
const EVIL = `<script>alert("x")</script>&'`;
const ESCAPED = '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;';

describe('write', () => {
  it('takes what stands in any part for plain text, and escapes it in HTML', () => {
    const { text, html, subject } = write(
      letter({
        subject: EVIL,
        footer: EVIL,
        blocks: [
          { type: 'text', text: EVIL },
          { type: 'heading', text: EVIL },
          { type: 'lines', lines: [EVIL, EVIL] },
          { type: 'table', rows: [{ label: EVIL, value: EVIL, strong: true }] },
          { type: 'link', label: EVIL, url: `https://muse.example/?q=${EVIL}` },
        ],
      }),
    );
    expect(html).not.toContain('<script');
    expect(html.split(ESCAPED)).toHaveLength(1 + 9);
    expect(html).toContain('href="https://muse.example/?q=%3Cscript%3Ealert(%22x%22)%3C/script%3E&amp;%27"');
    expect([subject, text.split(EVIL).length - 1]).toEqual([EVIL, 8]);
  });

  it('keeps a link to http and https, and follows no other', () => {
    for (const url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://a.example',
      '/relative',
      '',
      ' javascript:x',
    ]) {
      expect(safeUrl(url)).toBeUndefined();
      const { html, text } = write(letter({ blocks: [{ type: 'link', label: 'Follow', url }] }));
      expect(html).toContain('href="#"');
      expect(html + text).not.toMatch(/javascript|data:text|ftp:/);
    }
    expect([safeUrl('HTTPS://ups.com/a b'), safeUrl('http://ups.com'), safeUrl(null)]).toEqual([
      ...['https://ups.com/a%20b', 'http://ups.com/', undefined],
    ]);
  });

  it('lets nothing begin a line of its own, in the subject least of all', () => {
    const { subject, text } = write(
      letter({ subject: 'A\r\nBcc: x@y.example', blocks: [{ type: 'text', text: 'one\n\nTotal: 0\u2028\u0000two' }] }),
    );
    expect(subject).toBe('A Bcc: x@y.example');
    expect(text.split('\n')[0]).toBe('one Total: 0 two');
  });

  it('does not let text turn the direction of its neighbours', () => {
    expect(write(letter({ subject: 'cod\u202Eexe.pdf' })).subject).toBe('codexe.pdf');
  });

  it('shortens a long subject between characters', () => {
    const { subject } = write(letter({ subject: '🧥'.repeat(200) }));
    expect([...subject]).toHaveLength(150);
    expect(subject.endsWith('🧥…')).toBe(true);
  });

  it('loads nothing from anywhere, and names its language', () => {
    const { html } = write(letter({ language: 'es', blocks: [{ type: 'text', text: 'Hola' }] }));
    expect(html).toContain('<html lang="es">');
    expect(html).not.toMatch(/<img|src=|url\(|<link|@import/);
  });
});
