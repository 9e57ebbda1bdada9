import { Links } from './links';

describe('Links', () => {
  it.each(['https://muse.example', 'https://muse.example/', 'https://muse.example//'])(
    'lead to the pages below %s, with what they carry behind the # and nothing before it',
    (appUrl) => {
      const links = new Links(appUrl);
      expect([
        links.verify('mo_a-_'),
        links.reset('mo_b'),
        links.order('o-1', 'mot_c'),
        links.conversation('mct_d'),
      ]).toEqual([
        'https://muse.example/m/verify#token=mo_a-_',
        'https://muse.example/m/reset#token=mo_b',
        'https://muse.example/m/order#order=o-1&token=mot_c',
        'https://muse.example/m/conversation#token=mct_d',
      ]);
    },
  );

  it('keep the path that a front end is mounted at', () => {
    expect(new Links('https://shop.example/app').verify('t')).toBe('https://shop.example/app/m/verify#token=t');
  });
});
