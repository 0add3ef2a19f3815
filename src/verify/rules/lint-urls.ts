import { fileName, MIRROR_HOSTS } from '../../domain/artifact.ts';
import type { Finding } from '../../domain/check.ts';
import { componentFacts } from '../../domain/component.ts';
import type { ElectedVersion } from '../../domain/proposal.ts';
import { bounded } from './compare.ts';

/** Lists are strangers' and of any length; this many URLs say enough. */
const SHOWN = 10;

/** URLs that the registry accepts (`url::Url` parses them) although no honest release has them. */
export function lintUrls(version: ElectedVersion): readonly Finding[] {
  const { packageUrls } = version;
  const distinct = [...new Set(packageUrls)];
  const found: Finding[] = [];
  if (distinct.length < packageUrls.length) found.push(warning('duplicate-url', 'The proposal names a URL twice.'));
  if (distinct.length === 1) {
    found.push(warning('single-url', 'The proposal names one URL only: nodes have no second place to download from.'));
  }
  return [...found, ...distinct.slice(0, SHOWN).flatMap((text) => lintUrl(text, version))];
}

function lintUrl(text: string, { commit, component }: ElectedVersion): readonly Finding[] {
  const shown = bounded(text, 160);
  const url = URL.parse(text);
  if (!url) return [warning('not-a-url', `This is not a URL: ${shown}.`)];
  const found: Finding[] = [];
  if (url.protocol !== 'https:') found.push(warning('not-https', `This URL is not https: ${shown}.`));
  const known = Object.values(MIRROR_HOSTS).includes(url.host) && url.username === '' && url.password === '';
  if (!known) found.push(warning('unknown-host', `This URL is not on a download host of DFINITY: ${shown}.`));
  const path = `/ic/${commit}/${componentFacts(component).cdnDirectory}/${fileName(component, 'image')}`;
  if (!url.pathname.split('/').includes(commit)) {
    found.push(warning('url-without-commit', `This URL does not name the elected commit: ${shown}.`));
  } else if (known && `${url.pathname}${url.search}` !== path) {
    found.push(warning('wrong-directory', `This URL is not where images of this kind are published: ${shown}.`));
  }
  return found;
}

function warning(slug: string, sentence: string): Finding {
  return { id: `payload-lint/${slug}`, severity: 'warning', sentence };
}
