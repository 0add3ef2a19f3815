import type { Command } from 'commander';
import type { Found, Reader } from '../../operator/queries.ts';
import { WatchError } from '../../domain/errors.ts';
import { parseSha256 } from '../../domain/ids.ts';
import { plainText } from '../../domain/text.ts';
import { coloured } from '../marks.ts';
import { EXIT } from '../exit-codes.ts';
import { hashText } from '../hash-text.ts';

interface Flags {
  json?: boolean;
  markdown?: boolean;
  compare?: boolean;
  forumDraft?: boolean;
  topic?: string;
  reply?: boolean;
  post?: string;
  envFile?: string;
}

/** `show`: everything known of a proposal, a commit, or whatever has this SHA-256. */
export function showCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('show')
    .description('show everything known: checks with both sides, evidence files, timeline, deliveries')
    .argument('<proposal-id|commit|sha256>', 'a proposal, a commit, or the hash of a file, package or kept evidence')
    .option('--markdown', 'print a review text for the forum')
    .option('--forum-draft', 'keep that text as a draft of yours in FORUM_URL, or do what the next three say')
    .option('--topic <number>', 'draft it as a reply to this topic')
    .option('--reply', 'with --topic: post it at once, for everybody to see')
    .option('--post <number>', 'put it in the place of the text of this post of yours')
    .option('--compare', 'compare kept local and published images byte by byte, and show nothing else')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (what: string, flags: Flags) => exit(await run(what, flags)));
}

async function run(what: string, flags: Flags): Promise<number> {
  if (flags.json && flags.markdown) throw new WatchError('input', 'json-and-markdown', 'Give --json or --markdown.');
  if (flags.compare && (flags.json || flags.markdown || flags.forumDraft)) {
    throw new WatchError('input', 'compare-alone', 'Give --compare alone: nothing else has the comparison in it.');
  }
  if (!flags.forumDraft && (flags.topic ?? flags.post ?? flags.reply) !== undefined) {
    throw new WatchError('input', 'forum-draft-missing', '--topic, --reply and --post belong to --forum-draft.');
  }
  const { openReader } = await import('../../operator/queries.ts');
  const reader = await openReader(flags.envFile);
  try {
    if (flags.forumDraft) return await (await import('../to-forum.ts')).toForum(what, flags, reader);
    process.stdout.write(await shown(what, flags, reader));
    return EXIT.verified;
  } finally {
    await reader.close();
  }
}

async function shown(what: string, flags: Flags, reader: Reader): Promise<string> {
  const found = await reader.find(what);
  if (!found) {
    throw new WatchError('input', 'not-found', `Nothing is known of ${plainText(what, 80)}.`);
  }
  if (!flags.json && !flags.markdown) {
    return (await answered(what, reader)) + coloured(await textOf(found, flags, reader), process.stdout);
  }
  const { reviewText, storedDocument } = await import('../../operator/verdict-documents.ts');
  const document = storedDocument(found.history, reader);
  if (flags.json) return `${JSON.stringify(document)}\n`;
  const review = reviewText(found.history, document);
  if (review === null)
    throw new WatchError('input', 'no-verdict', `There is no verdict on ${plainText(what, 80)} yet.`);
  return review;
}

/** Of a hash comes first what was asked: what these bytes are. */
async function answered(what: string, reader: Reader): Promise<string> {
  const sha256 = parseSha256(what);
  if (!sha256) return '';
  return `${hashText([{ sha256, file: null, answer: await reader.hash(sha256) }], reader.network)}\n`;
}

async function textOf(found: Found, flags: Flags, reader: Reader): Promise<string> {
  const { compareText, showText } = await import('../show-text.ts');
  const { storedDocument } = await import('../../operator/verdict-documents.ts');
  const { network, toolVersion } = reader;
  const around = { network, toolVersion, now: reader.now() };
  const { commit } = storedDocument(found.history, reader).version ?? {};
  const kept = commit === undefined ? [] : await reader.images(commit);
  if (!flags.compare) return showText(found, around, kept);
  const { compareRetained } = await import('../../operator/retained-images.ts');
  return compareText(found, around, kept, await compareRetained(kept));
}
