/**
 * Programs that look where a link leads, for a preview, an index or a scanner, by what they call themselves. Words, not
 * names, so that those of tomorrow are among them; `Cubot` is a telephone.
 */
const PREVIEWERS =
  /(?<!cu)bot\b|bot\/|crawl|spider|slurp|preview|prefetch|scanner|facebookexternalhit|facebookcatalog|whatsapp\/|slack-imgproxy|embedly|quora link|vkshare|outbrain|pinterest\/0|bitlybot|headlesschrome|curl\/|wget\/|python-|go-http-client|okhttp\/|java\/|libwww|httpclient|node-fetch|axios\//i;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A browser that fetches before anybody has clicked; what it gets now it may show later without asking again. */
export function isPrefetch(headers: Headers): boolean {
  return ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /prefetch|prerender|preview/i.test(String(headers[name] ?? '')),
  );
}

/** Whether a request for a link is somebody on their way to the store, as far as it tells. */
export function isOpen(method: string, headers: Headers): boolean {
  const agent = String(headers['user-agent'] ?? '');
  return method === 'GET' && agent !== '' && !PREVIEWERS.test(agent) && !isPrefetch(headers);
}
