/** Where the database is: a file, by its absolute path, or a PostgreSQL server, by a URL that may hold a password. */
export type DatabaseAddress =
  { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };
