import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface DoorLimits {
  /** Connections that are open at once. */
  readonly connections: number;
  /** Bytes of answers that nobody has fetched yet. */
  readonly unread: number;
  /** Requests of one connection that are not answered yet. No browser sends a second one before. */
  readonly unanswered: number;
}

interface Guest {
  /** Requests that are being answered. */
  asking: number;
  /** One that looks after the service is never put out for another. */
  keeps: boolean;
}

/**
 * Who comes is let in, and whoever does least with a connection makes room: one that has not asked yet or has been
 * answered, the longest of them, before one that fetches its answer slowly. So those who hold connections for nothing
 * hold up nobody, and least of all who asks for `always`, whatever is open.
 */
export function keepDoor(server: Server, always: readonly string[], limits: DoorLimits): void {
  // In the order in which they came or last asked.
  const guests = new Map<Socket, Guest>();
  server.on('connection', (socket: Socket) => {
    guests.set(socket, { asking: 0, keeps: false });
    socket.once('close', () => guests.delete(socket));
    makeRoom(guests, socket, limits);
  });
  // Whoever was put out may have sent hundreds of requests in one piece, which are still read: nobody answers them.
  const answering = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, answer: ServerResponse) => {
    if (!isLetIn(guests, request, answer, always, limits)) return;
    makeRoom(guests, request.socket, limits);
    for (const each of answering) each.call(server, request, answer);
  });
}

function isLetIn(
  guests: Map<Socket, Guest>,
  request: IncomingMessage,
  answer: ServerResponse,
  always: readonly string[],
  { unanswered }: DoorLimits,
): boolean {
  const { socket, url = '' } = request;
  const guest = guests.get(socket);
  if (!guest) return false;
  guest.asking += 1;
  guest.keeps = always.includes(url.split('?')[0] ?? '');
  guests.delete(socket);
  guests.set(socket, guest);
  answer.once('close', () => (guest.asking -= 1));
  if (guest.asking <= unanswered) return true;
  putOut(guests, socket);
  return false;
}

function makeRoom(guests: Map<Socket, Guest>, comes: Socket, { connections, unread }: DoorLimits): void {
  const others = [...guests].filter(([socket, guest]) => socket !== comes && !(guest.keeps && guest.asking > 0));
  const byNeed = [...others.filter(([, { asking }]) => asking === 0), ...others.filter(([, { asking }]) => asking > 0)];
  for (const [socket] of byNeed.slice(0, Math.max(0, guests.size - connections))) putOut(guests, socket);
  let waiting = [...guests.keys()].reduce((sum, { writableLength }) => sum + writableLength, 0);
  const slow = others.map(([socket]) => socket).sort((a, b) => b.writableLength - a.writableLength);
  for (const socket of slow) {
    if (waiting <= unread) return;
    waiting -= socket.writableLength;
    putOut(guests, socket);
  }
}

function putOut(guests: Map<Socket, Guest>, socket: Socket): void {
  guests.delete(socket);
  socket.destroy();
}
