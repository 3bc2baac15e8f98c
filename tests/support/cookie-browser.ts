/** As much of a browser as redirects between two sites need: it keeps cookies by origin and goes where it is sent. */
export class CookieBrowser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** One request, without following where it leads. */
  async ask(address: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(address);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(address, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  cookies(origin: string): ReadonlyMap<string, string> {
    return this.#jars.get(origin) ?? new Map();
  }

  /** Follows redirects until one leads to an address that `stopAt` wants, and answers that address unasked. */
  async follow(address: string, stopAt: (url: URL) => boolean): Promise<URL> {
    let url = new URL(address);
    for (let hop = 0; hop < 12 && !stopAt(url); hop += 1) {
      const response = await this.ask(url.href);
      const location = response.headers.get('location');
      if (!location) throw new Error(`${url.href} led nowhere: ${response.status} ${await response.text()}`);
      url = new URL(location, url);
    }
    return url;
  }
}
