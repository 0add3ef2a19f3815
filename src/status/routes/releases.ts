import type { Context, Hono } from 'hono';
import { parseCommitId, parseSha256, type CommitId } from '../../domain/ids.ts';
import type { PageSource, Shown } from '../../domain/status-queries.ts';
import type { BuildView } from '../pages/proposal.ts';
import { proposalPage } from '../pages/proposal.ts';
import { commitPage, hashPage } from '../pages/release.ts';
import { liveLog, LiveRoom } from '../live-log.ts';
import { logText, LOG_BYTES } from '../log-text.ts';
import { isPaused, placeOf, wantedBy, type Wanted } from '../page-query.ts';
import type { Site } from '../answers.ts';

/** Of a log that stands within a page. */
const TAIL_BYTES = 8192;

/** What is known of one proposal, commit or hash; as JSON it is what `show --json` gives of it. */
export function releaseRoutes(app: Hono, site: Site): void {
  const { source, answers } = site;
  for (const folder of ['proposals', 'commits', 'hashes'] as const) {
    app.get(`/${folder}/:name{[0-9A-Za-z]+\\.json}`, async (context) => {
      const found = await foundIn(source, folder, context.req.param('name').slice(0, -'.json'.length));
      if (found) return answers.json(context, found.shown.document);
      return answers.json(context, { network: source.network, error: 'not known' }, 404);
    });
    app.get(`/${folder}/:name{[0-9A-Za-z]+}`, async (context) => {
      const found = await foundIn(source, folder, context.req.param('name'));
      const paused = isPaused(context.req.query('refresh'));
      return found ? answers.html(context, await pageOf(found, site, paused)) : answers.notKnown(context);
    });
  }
  logRoutes(app, site);
}

interface Found {
  readonly wanted: Wanted;
  readonly shown: Shown;
}

async function foundIn(source: PageSource, folder: Wanted['folder'], name: string): Promise<Found | null> {
  const wanted = wantedBy(name);
  if (wanted?.folder !== folder) return null;
  const shown = await source.find(wanted.sought);
  return shown && { wanted, shown };
}

async function pageOf({ wanted, shown }: Found, { source, answers, pictures }: Site, paused: boolean): Promise<string> {
  const frame = { ...answers.frame(), network: shown.document.network };
  switch (wanted.folder) {
    case 'hashes':
      return hashPage(answers.frame(), wanted.name, shown);
    case 'commits':
      return commitPage(frame, wanted.name, shown, await buildOf(shown, source), paused);
    case 'proposals': {
      const options = { paused, picture: !pictures.areBroken };
      return proposalPage(frame, wanted.name, shown, await buildOf(shown, source), options);
    }
  }
}

/** The build that goes on, and the end of the newest log that is kept here. */
async function buildOf({ history, matches }: Shown, source: PageSource): Promise<BuildView> {
  const commit = matches[0]?.commit ?? history.run?.commit ?? null;
  const name = history.evidence.all().findLast(({ key, observation }) => key.kind === 'build' && observation.file)
    ?.observation.file;
  const end = name === undefined ? null : await source.buildLog(name, -TAIL_BYTES, TAIL_BYTES);
  const [now, images] = commit ? await Promise.all([source.building(commit), source.images(commit)]) : [null, []];
  return { now, images, log: name !== undefined && end ? { name, end } : null };
}

function logRoutes(app: Hono, site: Site): void {
  const { source, answers } = site;
  const room = new LiveRoom();
  app.get('/logs/:name{[0-9a-f]+}', async (context) => {
    const [name, from] = [parseSha256(context.req.param('name')), placeOf(context.req.query('from'))];
    const part = name && from !== null ? await source.buildLog(name, from, LOG_BYTES) : null;
    if (!name || !part) return answers.notKnown(context);
    return answers.text(context, logText(source.network, `/logs/${name}`, part));
  });
  app.get('/commits/:name{[0-9a-f]+}/live', async (context) => {
    const commit = parseCommitId(context.req.param('name'));
    const goesOn = commit && (await source.building(commit));
    if (!commit || !goesOn || context.req.method === 'HEAD') return answers.notKnown(context);
    return live(context, commit, site, room);
  });
}

function live(context: Context, commit: CommitId, { source, answers }: Site, room: LiveRoom): Response {
  const stream = liveLog(commit, source, answers, room);
  if (!stream) return answers.text(context, 'Too many follow a log now; come back later.\n', 503);
  return context.body(stream, 200, { 'Content-Type': 'text/html; charset=utf-8' });
}
