import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface DoorLimits {
  /** Connections that are open at once. */
  readonly connections: number;
  /** Bytes of answers that nobody has fetched yet. */
  readonly unread: number;
}

interface Guest {
  /** Paths of the requests that are being answered. */
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
  server.prependListener('request', ({ socket, url = '' }: IncomingMessage, answer: ServerResponse) => {
    const guest = guests.get(socket);
    if (!guest) return;
    guest.asking += 1;
    guest.keeps = always.includes(url.split('?')[0] ?? '');
    guests.delete(socket);
    guests.set(socket, guest);
    answer.once('close', () => (guest.asking -= 1));
    makeRoom(guests, socket, limits);
  });
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
