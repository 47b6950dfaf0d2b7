/** Every method somebody behind the edge answers, as an `Allow` header. */
export const ALLOWED_METHODS =
  'OPTIONS, GET, HEAD, PUT, POST, DELETE, PROPFIND, PROPPATCH, REPORT, MKCOL, MKCALENDAR, MOVE, COPY';
