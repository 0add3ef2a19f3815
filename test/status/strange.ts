/** Controls, and characters that show nothing or reorder what is around them. */
export const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const TAG = /<(\/?[a-z][a-z0-9]*|!doctype)((?:\s+[a-zA-Z0-9:-]+(?:="[^"<>]*")?)*)\s*\/?>/g;
const TAGS = new Set(
  '!doctype html head meta title link style body div a header nav form input button main section p h1 h2 h3 ul ol li dl dt dd table thead tbody tr th td span strong em b i br code details summary time progress footer figure figcaption svg path line rect text g clippath label select option'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  'html lang charset name property http-equiv content rel href type title class id role action method maxlength required placeholder aria-label aria-hidden aria-current tabindex scope colspan datetime data-label max value selected viewbox d fill stroke stroke-width stroke-dasharray pattern x y x1 y1 x2 y2 rx width height text-anchor'.split(
    ' ',
  ),
);

/** Tags and attributes that no page of ours has, addresses that are not ours or of the four places we link, and what is left of “<”. */
export function strangeIn(page: string): string[] {
  if (!page.startsWith('<!doctype html>')) return [];
  const strange: string[] = [];
  const rest = page.replace(/<style>[^<]*<\/style>/, '').replace(TAG, (_tag, name: string, attributes: string) => {
    if (!TAGS.has(name.replace('/', '').toLowerCase())) strange.push(name);
    for (const [, attribute = '', value = ''] of attributes.matchAll(/([a-zA-Z0-9:-]+)(?:="([^"]*)")?/g)) {
      if (!ATTRIBUTES.has(attribute.toLowerCase())) strange.push(attribute);
      const ours =
        /^(?:[/#](?!\/)|https:\/\/(?:nns\.ic0\.app|dashboard\.internetcomputer\.org|github\.com\/dfinity)\/)/;
      if ((attribute === 'href' || attribute === 'action') && !ours.test(value)) strange.push(value);
    }
    return '';
  });
  return [...strange, ...(rest.match(/<.{0,20}/g) ?? [])];
}
