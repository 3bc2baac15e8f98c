/** Programs that look at a link to show a preview of it; a look of theirs is not someone opening it. */
const previewBots =
  /bot|crawl|spider|slurp|facebookexternalhit|whatsapp|telegram|slack|discord|teams|skype|preview|embed/i;

// The order matters: most browsers also name the ones that they descend from.
const families: [RegExp, string][] = [
  [/\bcurl\//i, 'curl'],
  [/\bWget\d?\//i, 'wget'],
  [/\baria2\//i, 'aria2'],
  [/\brclone\//i, 'rclone'],
  [/\bpython|\bhttpx\/|\baiohttp\//i, 'Python'],
  [/\bGo-http-client\//, 'Go'],
  [/\bdrey\b/, 'drey'],
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\/|\bHeadlessChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^Mozilla\//, 'another browser'],
];

export function isPreviewBot(userAgent: string): boolean {
  return previewBots.test(userAgent);
}

/** What kind of program a client is, from what it says of itself: `Firefox`, `curl`, `bot`, or `unknown`. */
export function clientFamilyOf(userAgent: string): string {
  if (isPreviewBot(userAgent)) return 'bot';
  return families.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'unknown';
}
