import { Feed } from 'feed';
import { closingText, verdictText } from '../domain/election-words.ts';
import type { ElectionRow } from '../domain/overview.ts';
import { plainText } from '../domain/text.ts';
import { escaped } from './html.ts';
import type { Frame } from './layout.ts';
import { kindText } from './page-parts.ts';

/**
 * The newest verdicts as an Atom feed; a later revision is the same entry, updated. `base`: where the page is, without
 * a slash at its end. Ids are of the network and the proposal, so that they stay when the page moves.
 */
export function atomFeed({ network, at, toolVersion }: Frame, rows: readonly ElectionRow[], base: string): string {
  const judged = rows.flatMap((row) => (row.verdict ? [{ ...row, verdict: row.verdict }] : []));
  const updated = Math.max(0, ...judged.map(({ verdict }) => verdict.decidedAtMs));
  const other = network !== 'mainnet';
  const feed = new Feed({
    id: `urn:nns-watch:verdicts${other ? ':not-mainnet' : ''}`,
    title: `${other ? `${network} · ` : ''}nns-watch verdicts`,
    link: `${base}/`,
    feedLinks: { atom: `${base}/feed.atom` },
    updated: new Date(updated === 0 ? at : updated),
    generator: `nns-watch ${toolVersion}`,
    author: { name: 'nns-watch' },
    copyright: '',
  });
  const remark = other ? 'NOT MAINNET · ' : '';
  for (const { id, kind, title, deadlineAt, verdict } of judged) {
    feed.addItem({
      id: `urn:nns-watch:proposal:${id}${other ? ':not-mainnet' : ''}`,
      link: `${base}/proposals/${id}`,
      title: `${remark}${verdictText(verdict)}: proposal ${id}, ${kindText(kind)}`,
      // The library takes it as HTML: escaped, it is text there too.
      description: escaped(`${remark}${plainText(title ?? '', 200)} · ${closingText(deadlineAt, at)}`),
      date: new Date(verdict.decidedAtMs),
    });
  }
  return feed.atom1();
}
