import { sql, type SqlBool } from 'kysely';
import { WatchError } from '../domain/errors.ts';
import { isSameNetwork } from '../domain/network.ts';
import type { Queries } from './database.ts';

const MARK = 'network';

/** Of joined runs those that were made on the network of their database. */
export const ofOwnNetwork = sql<SqlBool>`(runs.network = 'mainnet') =
  (select value = 'mainnet' from marks where name = ${sql.lit(MARK)})`;

/** The network whose proposals a database holds; null: nothing was put into it yet. */
export async function networkOf(queries: Queries): Promise<string | null> {
  const mark = await queries.selectFrom('marks').select('value').where('name', '=', MARK).executeTakeFirst();
  return mark?.value ?? null;
}

/** The same; a new database takes the network of its first use. */
export async function claimNetwork(queries: Queries, network: string): Promise<string> {
  const known = await networkOf(queries);
  if (known !== null) return known;
  await queries
    .insertInto('marks')
    .values({ name: MARK, value: network })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return (await networkOf(queries)) ?? network;
}

/** Refuses a database that holds proposals of another network. */
export async function requireNetwork(queries: Queries, network: string): Promise<void> {
  const own = await claimNetwork(queries, network);
  if (isSameNetwork(own, network)) return;
  throw new WatchError(
    'input',
    'other-network',
    `The database was made with other settings (${own}) than these (${network}): give each network a data ` +
      'directory of its own (NNS_WATCH_DATA_DIR), or set the settings back.',
  );
}
