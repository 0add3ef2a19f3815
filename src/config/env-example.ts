import type { Setting } from '../platform/setting.ts';
import type { KnownSettings } from './known-settings.ts';

const HEAD = `# Settings of nns-watch: copy this file, change what you need, and give it with --env-file.
# Variables of the environment win over this file. Everything is optional; what is commented out is the default.
# A secret NAME can also be given as NAME_FILE, the path of a file that holds it.
# The standard variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY work here too; NODE_EXTRA_CA_CERTS only in the environment.
`;

/** The text of .env.example, from the settings themselves. */
export function exampleFile({ all }: KnownSettings): string {
  const sections = [...new Set(all.map(({ section }) => section))];
  return [HEAD, ...sections.map((title) => `# ${title}\n${entriesOf(title, all)}`)].join('\n');
}

function entriesOf(title: string, all: KnownSettings['all']): string {
  return all
    .filter(({ section }) => section === title)
    .map(entry)
    .join('');
}

function entry({ name, help, fallback, example, secret }: Setting<unknown>): string {
  const suffix = secret ? ` Secret: also ${name}_FILE.` : '';
  return `\n# ${help}${suffix}\n#${name}=${fallback ?? example ?? ''}\n`;
}
