import { LANGUAGES } from '../../platform/http';
import { storeContactedLetter } from './conversation-letters';
import { write } from './letter';

const LINK = 'https://muse.example/m/conversation#token=mct_x';

describe('The letter to the contact of an unclaimed store', () => {
  it.each(LANGUAGES)('names the store and holds the link, in %s', (language) => {
    const { subject, text, html } = write(storeContactedLetter(language, 'Casa <b>Lola</b>', LINK));
    expect(subject).toContain('Casa <b>Lola</b>');
    expect(text).toContain(LINK);
    expect(html).toContain('Casa &lt;b&gt;Lola&lt;/b&gt;');
    expect(html).toContain(LINK);
    expect(text).toContain('180');
  });
});
