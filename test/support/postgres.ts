/** Makes an empty database on the shared PostgreSQL. */
export function makePostgresDatabase(): Promise<{
  readonly url: string;
  readonly drop: () => Promise<void>;
}> {
  return Promise.reject(new Error('no PostgreSQL for tests yet'));
}
