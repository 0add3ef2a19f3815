import { refuse } from './random-access.ts';

/** One kernel command line that an image brings, and the root hash that it demands. */
export interface BootArgs {
  /** `BOOT_ARGS_TEE_A`. */
  readonly name: string;
  readonly commandLine: string;
  /** Lower-case hex; null: it names none. */
  readonly rootHash: string | null;
}

const LINE = /^(BOOT_ARGS_[A-Z0-9_]{1,32})="([^"]*)"\s*$/;
const ANY = /^\s*(?:export\s+)?BOOT_ARGS_/;
/** What a shell would put other text for. */
const LIVE = /[$`\\]/;
const MOST = 16;

/**
 * The variables of a `boot_args` file that a shell would read.
 * @see https://github.com/dfinity/ic/blob/3ce37779421e5a7939c3882273ff27ceb9b38602/ic-os/bootloader/guestos_boot_args.template
 */
export function readBootArgs(text: string): readonly BootArgs[] {
  const found = new Map<string, BootArgs>();
  for (const line of text.split('\n').filter((each) => ANY.test(each))) {
    const [, name, commandLine] = LINE.exec(line) ?? [];
    if (name === undefined || commandLine === undefined || LIVE.test(commandLine)) {
      throw refuse('boot-args-not-plain', 'boot arguments that only a shell could read');
    }
    // As in a shell, the last one counts.
    found.set(name, {
      name,
      commandLine,
      rootHash: /(?:^| )root_hash=([0-9a-fA-F]+)(?= |$)/.exec(commandLine)?.[1]?.toLowerCase() ?? null,
    });
    if (found.size > MOST) throw refuse('boot-args-many', 'too many boot arguments');
  }
  return [...found.values()];
}
