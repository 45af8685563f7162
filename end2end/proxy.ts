// A reverse proxy that shows Heron under a path, of either kind, and answers nothing else.
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Proxy {
  /** The address of its host, without the path. */
  origin: string;
  /** What was asked for outside the path. */
  strays: string[];
  close(): Promise<void>;
}

/**
 * A proxy on a free port that hands what is under `path` to `heron`. One that keeps the path keeps the request's Host as well;
 * one that takes it away names the server behind it, as nginx does unless it is told otherwise.
 */
export async function proxy(heron: URL, path: string, keeps: boolean): Promise<Proxy> {
  const strays: string[] = [];
  const server: Server = createServer((asked, answer) => {
    const url = asked.url ?? "/";
    if (!new RegExp(`^${path}(?=$|[/?])`).test(url)) {
      strays.push(url);
      answer.writeHead(404).end();
      return;
    }
    const rest = url.slice(path.length);
    const { method } = asked;
    const headers = keeps ? asked.headers : { ...asked.headers, host: heron.host };
    const onward = request({ host: heron.hostname, port: heron.port, method, headers, path: keeps ? url : rest.startsWith("/") ? rest : `/${rest}` });
    onward.on("response", (got) => {
      answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
      got.pipe(answer);
    });
    onward.on("error", () => answer.headersSent ? answer.destroy() : answer.writeHead(502).end());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    strays,
    close: () => new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    }),
  };
}
