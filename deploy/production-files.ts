import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Prints what an installed copy needs of this checkout, one path a line: the built program, and of node_modules what the
 * lock file does not call a tool of development. So what was tested is what is installed, and nothing is fetched again.
 */
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
};
const modules = Object.entries(lock.packages)
  .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
  .map(([path]) => path);
const outermost = modules.filter((path) => !modules.some((other) => path.startsWith(`${other}/`)));
const own = ['bin', 'dist', 'migrations', 'docs', 'package.json', '.env.example'];
/** Not what somebody may have put beside them, such as secrets: the copy can be read by all. */
const deploy = readdirSync('deploy', { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => `deploy/${name}`);
const texts = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE'];
/** Its own Node.js, so that no upgrade of the system's takes it away. */
const node = 'node_modules/node/bin/node';
// Packages for other systems stand in the lock file, but were not installed.
const paths = [...own, ...deploy, ...texts, ...outermost, node].filter((path) => existsSync(path));
console.log(paths.join('\n'));
