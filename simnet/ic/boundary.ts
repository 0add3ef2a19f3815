import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Host, View } from '../types.ts';
import { readBody, reset, send } from '../http-kit.ts';
import { equalBytes, utf8 } from './bytes.ts';
import { encodeCbor, type Cbor } from './cbor.ts';
import { parseRequest, parseRoute, type ApiRequest, type Route } from './request.ts';
import type { RootSubnet, Stance } from './subnet.ts';

export const BOUNDARY_HOSTS = ['icp-api.io', 'icp0.io', 'ic0.app'];

type IcFault = Extract<Fault, { at: 'ic' }>['fault'];

/** Methods that list proposals. */
const LISTS = ['list_proposals', 'get_pending_proposals'];
const HOUR = 3_600_000;
/** How far ahead an expiry may lie: five minutes and a little drift. */
const MAX_EXPIRY_AHEAD = 330_000;

/** The HTTPS interface of the Internet Computer. @see https://internetcomputer.org/docs/references/ic-interface-spec */
export function boundaryNodes(subnet: RootSubnet, clock: () => number): Host {
  return {
    names: BOUNDARY_HOSTS,
    handle: async (request, response, view) => {
      const url = request.url ?? '';
      const route = request.method === 'POST' ? parseRoute(url) : undefined;
      if (request.method === 'GET' && url === '/api/v2/status') {
        const fault = takeFault(view, request.headers.host ?? '', undefined);
        dated(response, clock, fault);
        if (!fails(response, fault)) sendCbor(response, subnet.status(stance(view, clock, fault)));
      } else if (route === undefined) send(response, 404, 'not found\n');
      else await serve({ request, response, view, subnet, clock, route });
    },
  };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  view: View;
  subnet: RootSubnet;
  clock: () => number;
  route: Route;
}

async function serve(exchange: Exchange): Promise<void> {
  const { request, response, view, clock, route } = exchange;
  const body = await parseBody(request, route);
  if (typeof body === 'string') {
    send(response, 400, body);
    return;
  }
  const fault = takeFault(view, request.headers.host ?? '', body);
  dated(response, clock, fault);
  if (fails(response, fault)) return;
  // A node that lies about the time has no reason to hold others to it.
  const refusal = fault === 'stale-certificate' ? undefined : expiryRefusal(body, timeAt(clock, fault));
  if (refusal !== undefined) send(response, 400, refusal);
  else answer(exchange, body, stance(view, clock, fault));
}

function answer({ response, subnet, route }: Exchange, body: ApiRequest, stance: Stance): void {
  if (body.kind === 'query') sendCbor(response, subnet.query(body, stance));
  else if (body.kind === 'read_state') sendCbor(response, { certificate: subnet.readState(route, body.paths, stance) });
  else {
    subnet.call(body, stance);
    const path = [utf8('request_status'), body.id];
    // Version 2 only accepts the call; from version 3 on the node waits for the certificate.
    if (route.version === 2) send(response, 202, '');
    else sendCbor(response, { status: 'replied', certificate: subnet.readState(route, [path], stance) });
  }
}

async function parseBody(request: IncomingMessage, route: Route): Promise<ApiRequest | string> {
  try {
    const body = parseRequest(await readBody(request), route.endpoint);
    const misrouted = body.kind !== 'read_state' && !equalBytes(body.canister, route.id);
    return misrouted ? 'effective canister id does not fit the canister id' : body;
  } catch (error) {
    return `malformed request: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function takeFault(view: View, host: string, body: ApiRequest | undefined): IcFault | undefined {
  const applies = (fault: IcFault): boolean => {
    if (fault === 'omits-proposal') return body?.kind === 'query' && LISTS.includes(body.method);
    if (fault === 'altered-reply') return body !== undefined && (body.kind !== 'read_state' || readsStatus(body.paths));
    return true;
  };
  return view.take('ic', ({ hosts, fault }) => (hosts === 'all' || hosts.includes(host)) && applies(fault))?.fault;
}

const readsStatus = (paths: Uint8Array[][]): boolean =>
  paths.some((path) => path[0] !== undefined && equalBytes(path[0], utf8('request_status')));

/** Whether the fault ends the exchange without an answer of the subnet. */
function fails(response: ServerResponse, fault: IcFault | undefined): boolean {
  if (fault === 'down') reset(response);
  else if (fault === 'http-500') send(response, 500, 'internal error\n');
  else if (fault === 'http-429') send(response, 429, 'slow down\n', { 'retry-after': '1' });
  else return fault === 'stall';
  return true;
}

function stance(view: View, clock: () => number, fault: IcFault | undefined): Stance {
  return {
    view,
    now: timeAt(clock, fault),
    otherRoot: fault === 'other-root',
    altersReply: fault === 'altered-reply',
    omitsNewestElection: fault === 'omits-proposal',
  };
}

/** What time it is for a node with this fault. */
function timeAt(clock: () => number, fault: IcFault | undefined): number {
  if (fault === 'stale-certificate') return clock() - HOUR;
  return fault === 'half-an-hour-ahead' ? clock() + HOUR / 2 : clock();
}

/** Nodes that live in another time say so in each answer; those that show an old certificate do not. */
function dated(response: ServerResponse, clock: () => number, fault: IcFault | undefined): void {
  if (fault === 'half-an-hour-ahead') response.setHeader('date', new Date(timeAt(clock, fault)).toUTCString());
}

function expiryRefusal({ expiry }: ApiRequest, now: number): string | undefined {
  const ahead = Number(expiry / 1_000_000n) - now;
  if (ahead > 0 && ahead <= MAX_EXPIRY_AHEAD) return undefined;
  const [least, most, given] = [now, now + MAX_EXPIRY_AHEAD, now + ahead].map(utc);
  const range = `Minimum allowed expiry: ${least}, Maximum allowed expiry: ${most}, Provided expiry: ${given}`;
  return `Invalid request expiry: Specified ingress_expiry not within expected range: ${range}`;
}

/** As replicas write it; dates that none can hold come from odd requests. */
function utc(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'never' : date.toISOString().replace('T', ' ').replace('Z', '000000 UTC');
}

function sendCbor(response: ServerResponse, value: Cbor): void {
  send(response, 200, encodeCbor(value), { 'content-type': 'application/cbor' });
}
