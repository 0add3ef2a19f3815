import type { Command } from 'commander';
import type { Found, Reader } from '../../operator/queries.ts';
import { WatchError } from '../../domain/errors.ts';
import { parseSha256 } from '../../domain/ids.ts';
import { plainText } from '../../domain/text.ts';
import { coloured } from '../marks.ts';
import { EXIT } from '../exit-codes.ts';
import { hashText } from '../hash-text.ts';
import type { Images } from '../show-text.ts';

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
    .description('everything known: checks with both sides, evidence files, timeline, deliveries')
    .argument('<proposal-id|commit|sha256>', 'a proposal, a commit, or the hash of a file, package or kept evidence')
    .option('--markdown', 'a review text for the forum')
    .option('--forum-draft', 'keep that text as a draft of yours in FORUM_URL, or what the next three say')
    .option('--topic <number>', 'as a reply to this topic')
    .option('--reply', 'with --topic: post it at once, for everybody to see')
    .option('--post <number>', 'in the place of the text of this post of yours')
    .option('--compare', 'also compare kept local and published images byte by byte')
    .option('--json', 'one JSON object on standard output')
    .option('--env-file <file>', 'settings, as in .env.example')
    .action(async (what: string, flags: Flags) => exit(await run(what, flags)));
}

async function run(what: string, flags: Flags): Promise<number> {
  if (flags.json && flags.markdown) throw new WatchError('input', 'json-and-markdown', 'Give --json or --markdown.');
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
  const { network, toolVersion } = reader;
  if (!flags.json && !flags.markdown) {
    const { showText } = await import('../show-text.ts');
    const around = { network, toolVersion, now: reader.now() };
    const text = showText(found, around, await imagesOf(found, flags, reader));
    return (await answered(what, reader)) + coloured(text, process.stdout);
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

async function imagesOf({ history }: Found, flags: Flags, reader: Reader): Promise<Images> {
  const { storedDocument } = await import('../../operator/verdict-documents.ts');
  const { compareRetained } = await import('../../operator/retained-images.ts');
  const { commit } = storedDocument(history, reader).version ?? {};
  const kept = commit === undefined ? [] : await reader.images(commit);
  return { kept, compared: flags.compare ? await compareRetained(kept) : [] };
}
