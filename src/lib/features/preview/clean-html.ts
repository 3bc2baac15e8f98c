import createPurifier from 'dompurify';

const tags =
  'a blockquote br code del em h1 h2 h3 h4 h5 h6 hr img li ol p pre s span strong table tbody td th thead tr ul';
const purifier = createPurifier(window);

/**
 * The markup that a document was rendered to, with nothing left that runs, that loads from elsewhere, or that leads
 * anywhere but to another site. `imageUrl` says where a picture that the document names lies, if it may be shown.
 */
export function cleanHtml(html: string, imageUrl: (src: string) => string | undefined): DocumentFragment {
  const clean = (node: Element) => {
    for (const name of [...node.classList]) if (!name.startsWith('hljs')) node.classList.remove(name);
    if (node.tagName === 'A') cleanAddress(node);
    if (node.tagName !== 'IMG') return;
    const src = imageUrl(node.getAttribute('src') ?? '');
    if (src) node.setAttribute('src', src);
    else node.removeAttribute('src');
    node.setAttribute('loading', 'lazy');
  };
  purifier.addHook('afterSanitizeAttributes', clean);
  try {
    return purifier.sanitize(html, {
      ALLOWED_TAGS: tags.split(' '),
      ALLOWED_ATTR: ['alt', 'class', 'href', 'src', 'start', 'title'],
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
    });
  } finally {
    purifier.removeHook('afterSanitizeAttributes', clean);
  }
}

function cleanAddress(link: Element): void {
  if (!/^(?:https?|mailto):/i.test(link.getAttribute('href') ?? '')) return link.removeAttribute('href');
  link.setAttribute('target', '_blank');
  link.setAttribute('rel', 'noopener noreferrer nofollow');
}

/**
 * For a document at `src`: pictures that it carries itself, and those that lie beside or below it. Others are not
 * fetched, neither from another site nor by another address of this one.
 */
export function imagesBeside(src: string): (image: string) => string | undefined {
  const document = new URL(src, location.href);
  const folder = new URL('.', document);
  const isFile = !document.pathname.endsWith('/raw');
  return (image) => {
    if (/^data:image\/(?:png|jpeg|gif|webp);base64,/i.test(image)) return image;
    if (
      !isFile ||
      image === '' ||
      /^(?:[a-z][a-z\d+.-]*:|[/\\?#])/i.test(image) ||
      !URL.canParse(image, folder.href)
    )
      return undefined;
    const url = new URL(image, folder);
    if (url.origin !== folder.origin || !url.pathname.startsWith(folder.pathname)) return undefined;
    return `${url.pathname}?inline=1`;
  };
}
