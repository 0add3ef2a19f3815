import { production } from './lock.ts';

/** Name, version and licence of everything that is installed where the program runs. */
for (const { name, version, license } of production())
  console.log(`${name}\t${version ?? ''}\t${license ?? 'unknown'}`);
