export interface Part {
  name: string;
  filename: string | undefined;
  text: string;
}

/** The parts of a multipart/form-data body of texts (RFC 7578). */
export function readMultipart(body: Buffer, contentType: string): Part[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error('multipart body without boundary');
  const pieces = body.toString('utf8').split(`--${boundary}`).slice(1, -1);
  return pieces.map((piece) => {
    const end = piece.indexOf('\r\n\r\n');
    const head = piece.slice(0, end);
    const name = /\bname="([^"]*)"/i.exec(head)?.[1];
    if (end < 0 || name === undefined) throw new Error('multipart part without name');
    const filename = /\bfilename="([^"]*)"/i.exec(head)?.[1];
    return { name, filename, text: piece.slice(end + 4, -2) };
  });
}
