import { fileName, MIRROR_HOSTS } from '../../domain/artifact.ts';
import type { Finding } from '../../domain/check.ts';
import { componentFacts } from '../../domain/component.ts';
import type { ElectedVersion } from '../../domain/proposal.ts';
import { bounded } from '../../domain/bounded.ts';

/** Lists are strangers' and of any length; this many URLs of a kind say enough, and how many more there are. */
const SHOWN = 5;

/** URLs that the registry accepts (`url::Url` parses them) although no honest release has them. */
export function lintUrls(version: ElectedVersion): readonly Finding[] {
  const { packageUrls } = version;
  const distinct = [...new Set(packageUrls)];
  const found: Finding[] = [];
  if (distinct.length < packageUrls.length)
    found.push(warning('duplicate-url', 'The same URL appears twice in the payload.'));
  if (distinct.length === 1) {
    found.push(warning('single-url', 'The payload names only one URL: nodes have no second place to download from.'));
  }
  const odd = distinct.flatMap((text) => oddities(text, version).map((id) => ({ id, text })));
  return [...found, ...[...Map.groupBy(odd, ({ id }) => id)].flatMap(([id, all]) => tell(id, all))];
}

/** What is said of one URL, and of the others of its kind. */
const ODD = {
  'payload-lint/not-a-url': ['This is not a URL', 'are not URLs'],
  'payload-lint/not-https': ['This URL does not use https', 'do not use https'],
  'payload-lint/unknown-host': [
    'This URL is not on a download host of DFINITY',
    'are not on a download host of DFINITY',
  ],
  'payload-lint/url-without-commit': ['This URL does not name the elected commit', 'do not name the elected commit'],
  'payload-lint/wrong-directory': [
    'This URL is not where images of this kind are published',
    'are not where images of this kind are published',
  ],
} as const;
type Oddity = keyof typeof ODD;

function tell(id: Oddity, all: readonly { readonly text: string }[]): readonly Finding[] {
  const [one, others] = ODD[id];
  const rest = all.length - SHOWN;
  const shown = all.slice(0, SHOWN).map(({ text }) => `${one}: ${bounded(text, 160)}.`);
  const sentences = rest > 0 ? [...shown, `${rest} more of the proposal’s URLs ${others}.`] : shown;
  return sentences.map((sentence) => ({ id, severity: 'warning', sentence }));
}

function oddities(text: string, { commit, component }: ElectedVersion): readonly Oddity[] {
  const url = URL.parse(text);
  if (!url) return ['payload-lint/not-a-url'];
  const found: Oddity[] = [];
  if (url.protocol !== 'https:') found.push('payload-lint/not-https');
  const known = Object.values(MIRROR_HOSTS).includes(url.host) && url.username === '' && url.password === '';
  if (!known) found.push('payload-lint/unknown-host');
  const path = `/ic/${commit}/${componentFacts(component).cdnDirectory}/${fileName(component, 'image')}`;
  if (!url.pathname.split('/').includes(commit)) found.push('payload-lint/url-without-commit');
  else if (known && `${url.pathname}${url.search}` !== path) found.push('payload-lint/wrong-directory');
  return found;
}

function warning(slug: string, sentence: string): Finding {
  return { id: `payload-lint/${slug}`, severity: 'warning', sentence };
}
