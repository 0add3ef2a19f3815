import type { Command } from 'commander';
import { Option } from 'commander';
import type { Verifier } from '../../app/verifier.ts';
import type { Mirror } from '../../domain/artifact.ts';
import { COMPONENTS, type Component } from '../../domain/component.ts';
import { verdictDocument } from '../../domain/verdict-document.ts';
import { WatchError } from '../../domain/errors.ts';
import { parseCommitId, parseProposalId } from '../../domain/ids.ts';
import type { OnProgress } from '../../domain/ports.ts';
import { requiredComponents } from '../../domain/verdict.ts';
import { coloured } from '../marks.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { planText } from '../plan-text.ts';
import { progressView } from '../progress.ts';
import { untilInterrupted } from '../interrupt.ts';
import { verifySummary } from '../verify-summary.ts';
import { verifyText, type Shown } from '../verify-text.ts';
import { widthOf } from '../wrapped.ts';

interface Flags extends Partial<Record<Component, boolean>> {
  proposalId?: string;
  commit?: string;
  cacheDir?: string;
  clean?: boolean;
  downloadSource?: Mirror | 'both';
  debug?: boolean;
  verbose?: boolean;
  dryRun?: boolean;
  plan?: boolean;
  confirm?: boolean;
  build: boolean;
  skipAttestationCheck?: boolean;
  json?: boolean;
  full?: boolean;
  envFile?: string;
}

/** `verify`: one proposal or commit, now. The successor of DFINITY's `repro-check`, with its flags. */
export function verifyCommand(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('verify')
    .description('verify one proposal or commit, now')
    .argument('[proposal-id|commit]', 'the same as -p or -c')
    .option('-p, --proposal-id <id>', 'the proposal to verify')
    .option('-c, --commit <sha>', 'the commit to verify (neither: HEAD of the IC repository you stand in)');
  for (const { component, label } of COMPONENTS) command.option(`--${component}`, `verify ${label} (none named: all)`);
  command
    .option('--cache-dir <dir>', 'keep downloads and clones here')
    .option('--clean', 'empty the cache first (not with --cache-dir)')
    .addOption(
      new Option('--download-source <mirror>', 'download only from these hosts').choices([
        'systems',
        'network',
        'both',
      ]),
    )
    .option('--debug', 'print more, and keep temporary files')
    .option('--verbose', 'the same as --debug')
    .option('--dry-run', 'build and print the local hashes; compare nothing')
    .option('--plan', 'print URLs, sizes, checks, the build and what this machine lacks; touch nothing')
    .option('--confirm', 'build a second time what only the local build contradicts')
    .option('--no-build', 'build nothing (the verdict is never "verified")')
    .option('--skip-attestation-check', 'do not ask for build attestations')
    .option('--full', 'print every check with both sides of each comparison, in the words of repro-check')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (what: string | undefined, flags: Flags) => exit(await run(named(what, flags))));
}

/** A number is a proposal, 40 digits are a commit; said twice, it is said once too often. */
function named(what: string | undefined, flags: Flags): Flags {
  if (what === undefined) return flags;
  if (flags.proposalId !== undefined || flags.commit !== undefined) {
    throw new WatchError('input', 'named-twice', 'Name what to verify once: by itself, with -p or with -c.');
  }
  if (parseProposalId(what)) return { ...flags, proposalId: what };
  if (parseCommitId(what.toLowerCase())) return { ...flags, commit: what };
  const sentence = 'Give the number of a proposal or a full commit id: 40 hexadecimal digits.';
  throw new WatchError('input', 'verify-what', sentence);
}

async function run(flags: Flags): Promise<number> {
  refuseContradictions(flags);
  const { openVerifier } = await import('../../app/verifier.ts');
  const verifier = await openVerifier({
    ...(flags.envFile === undefined ? {} : { envFile: flags.envFile }),
    ...(flags.cacheDir === undefined ? {} : { cacheDir: flags.cacheDir }),
    ...(flags.downloadSource === undefined ? {} : { downloadSource: flags.downloadSource }),
    clean: flags.clean ?? false,
  });
  try {
    return await verify(flags, verifier);
  } finally {
    await verifier.close();
  }
}

function refuseContradictions(flags: Flags): void {
  const usage = (code: string, message: string): WatchError => new WatchError('input', code, message);
  if (flags.proposalId !== undefined && flags.commit !== undefined) {
    throw usage('proposal-and-commit', 'Give --proposal-id or --commit, not both.');
  }
  if (flags.clean && flags.cacheDir !== undefined) {
    throw usage(
      'clean-with-cache-dir',
      '--clean cannot be used with --cache-dir: it would empty a directory of yours.',
    );
  }
  if (flags.dryRun && !flags.build)
    throw usage('dry-run-without-build', '--dry-run builds; it cannot be used with --no-build.');
}

async function verify(flags: Flags, verifier: Verifier): Promise<number> {
  const target = await targetOf(flags, verifier);
  const named = COMPONENTS.map((row) => row.component).filter((component) => flags[component]);
  const input = {
    target,
    components: named.length > 0 ? named : verifier.components,
    mirrors: verifier.mirrors,
    build: flags.build,
    attestations: !flags.skipAttestationCheck,
    confirm: flags.confirm ?? false,
    dryRun: flags.dryRun ?? false,
    keep: verbose(flags),
  };
  if (flags.plan) {
    const { signal } = untilInterrupted();
    const planned = await verifier.plan(input, signal);
    if (signal.aborted) return EXIT.interrupted;
    process.stdout.write(flags.json ? `${JSON.stringify(planned)}\n` : coloured(planText(planned), process.stdout));
    return planned.blocker ? EXIT.inconclusive : EXIT.verified;
  }
  const pastBuilds = await verifier.pastBuilds();
  // Not before: until then, which may be long where the database is locked, there is nothing to bring to an end.
  const { signal } = untilInterrupted();
  const view = await progressView(process.stderr, { verbose: verbose(flags), now: verifier.now, pastBuilds });
  const bugs: unknown[] = [];
  const heard: OnProgress = (event) => {
    if (event.type === 'bug') bugs.push(event.error);
    view.on(event);
  };
  const result = await verifier.verify(input, heard, signal).finally(view.end);
  const { network, toolVersion } = verifier;
  const commit = result.scope?.commit ?? null;
  const told = { ...result, network, toolVersion, commit };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(verdictDocument(told))}\n`
      : report({ ...told, seconds: result.seconds['total'] ?? 0 }, flags, verifier.now()),
  );
  return signal.aborted ? EXIT.interrupted : exitOf(result, bugs);
}

/** A mistake of this program may have kept anything from being seen, but not a mismatch that was. */
function exitOf(result: Result, bugs: readonly unknown[]): number {
  for (const error of bugs) process.stderr.write(stackOf(error));
  if (bugs.length > 0 && result.verdict?.outcome !== 'mismatch') return EXIT.bug;
  if (result.verdict) return exitCodeOf(result.verdict.outcome);
  return isBuilt(result) ? EXIT.verified : EXIT.inconclusive;
}

/** On one screen; everything with `--full`, and of a dry run, which has no verdict. */
function report(shown: Shown, { full }: Flags, now: number): string {
  const { verdict } = shown;
  if (full || !verdict) return coloured(verifyText(shown), process.stdout);
  return verifySummary({ ...shown, verdict }, { width: widthOf(process.stdout), now });
}

type Result = Awaited<ReturnType<Verifier['verify']>>;

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : '';
}

/** Every image that was to be built or was asked for is there: that the build ended with 0 says nothing. */
function isBuilt({ evidence, scope }: Result): boolean {
  const images = evidence.all().filter(({ key }) => key.kind === 'local-image');
  const isThere = (component: Component): boolean => images.some(({ key }) => key.subject.endsWith(`/${component}`));
  const complete = requiredComponents(scope).every(isThere);
  return images.length > 0 && complete && images.every(({ observation }) => observation.status === 'observed');
}

function verbose(flags: Flags): boolean {
  return Boolean(flags.debug) || Boolean(flags.verbose);
}

async function targetOf(flags: Flags, verifier: Verifier): Promise<Parameters<Verifier['verify']>[0]['target']> {
  if (flags.proposalId !== undefined) {
    const id = parseProposalId(flags.proposalId);
    if (!id) throw new WatchError('input', 'proposal-id', '--proposal-id takes a decimal number.');
    return { mode: 'proposal', id };
  }
  const text = flags.commit ?? (await verifier.headCommit());
  const commit = parseCommitId(text.toLowerCase());
  if (!commit) throw new WatchError('input', 'commit', '--commit takes a full commit id: 40 hexadecimal digits.');
  return { mode: 'commit', commit };
}
