/**
 * Where what floats over an element belongs: in the dialog that the element is in, which keeps the focus inside itself,
 * else in the page's main part, where those look who go from landmark to landmark.
 */
export function floatingPlace(near?: Element | null): Element {
  return near?.closest('[role="dialog"]') ?? document.querySelector('main') ?? document.body;
}
