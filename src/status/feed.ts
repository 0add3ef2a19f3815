import { Feed } from 'feed';
import { closingText, KIND_WORDS, verdictText } from '../domain/election-words.ts';
import type { ElectionRow } from '../domain/overview.ts';
import { plainText } from '../domain/text.ts';
import { escaped } from './html.ts';
import type { Frame } from './layout.ts';

/** The newest verdicts as an Atom feed; a later revision is the same entry, updated. `base`: without a slash at its end. */
export function atomFeed({ network, at, toolVersion }: Frame, rows: readonly ElectionRow[], base: string): string {
  const judged = rows.flatMap((row) => (row.verdict ? [{ ...row, verdict: row.verdict }] : []));
  const updated = Math.max(0, ...judged.map(({ verdict }) => verdict.decidedAtMs));
  const feed = new Feed({
    id: `${base}/`,
    title: network === 'mainnet' ? 'nns-watch verdicts' : `${network} · nns-watch verdicts`,
    link: `${base}/`,
    feedLinks: { atom: `${base}/feed.atom` },
    updated: new Date(updated === 0 ? at : updated),
    generator: `nns-watch ${toolVersion}`,
    copyright: '',
  });
  const remark = network === 'mainnet' ? '' : 'NOT MAINNET · ';
  for (const { id, kind, title, deadlineAt, verdict } of judged) {
    const link = `${base}/proposals/${id}`;
    feed.addItem({
      id: link,
      link,
      title: `${remark}${verdictText(verdict)}: proposal ${id}, ${KIND_WORDS[kind]}`,
      // The library puts it into a CDATA section as HTML: escaped, it is text there too.
      description: escaped(`${remark}${plainText(title ?? '', 200)} · ${closingText(deadlineAt, at)}`),
      date: new Date(verdict.decidedAtMs),
    });
  }
  return feed.atom1();
}
