/**
 * `http`: the modules of HTTP in one.
 *
 * @module
 */
export { httpc } from "./httpc.ts";
export type { Answer, Content, HttpStream } from "./httpc.ts";
export { httpd } from "./httpd.ts";
export type { BodyFunc, Header, HttpRequest, Piece, ReadBytes, RequestOptions, SentHeader, SuspendingBodyFunc, Written } from "./httpd.ts";
export { SocketError, sockethelper } from "./sockethelper.ts";
export type { ReadFunc, WriteFunc } from "./sockethelper.ts";
export { url } from "./url.ts";
export type { Query } from "./url.ts";
